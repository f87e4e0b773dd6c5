namespace Collimate.Generation;

/// <summary>How tokens are chosen and when to stop. The defaults are greedy decoding.</summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens to generate.</summary>
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>The fewest tokens to generate before a stop token may come.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>0 always takes the highest score; above 0 draws from the distribution, sharper below 1 and flatter above.</summary>
    public double Temperature { get; init; }

    /// <summary>Draw from the k highest scores only; 0 is no limit.</summary>
    public int TopK { get; init; }

    /// <summary>Draw from the smallest set of tokens that holds this much probability; 1 is no limit.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Draw from the most typical tokens that hold this much probability; 1 is no limit.</summary>
    public double TypicalP { get; init; } = 1;

    /// <summary>Above 1 makes tokens that already stand in the row less likely.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>No run of this many tokens may come twice; 0 is no limit.</summary>
    public int NoRepeatNgramSize { get; init; }

    /// <summary>How many of the likeliest beginnings are followed at once; above 1 is beam search, which takes the best and never draws.</summary>
    public int Beams { get; init; } = 1;

    /// <summary>Beam search compares log-probability / length^this: above 0 favours longer sequences, below 0 shorter ones.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>When beam search stops looking for better sequences.</summary>
    public BeamStopping EarlyStopping { get; init; }

    /// <summary>Tokens that end the text; they are not part of it.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Texts that end the text; it is cut before them.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>The same seed draws the same tokens.</summary>
    public ulong Seed { get; init; }

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentException">A value lies outside; the message names it.</exception>
    public void Validate()
    {
        Require(MaxNewTokens >= 0, nameof(MaxNewTokens), MaxNewTokens, "at least 0");
        Require(MinNewTokens >= 0 && MinNewTokens <= MaxNewTokens, nameof(MinNewTokens), MinNewTokens, "from 0 to MaxNewTokens");
        Require(Temperature is >= 0 and < double.PositiveInfinity, nameof(Temperature), Temperature, "0 or more");
        Require(TopK >= 0, nameof(TopK), TopK, "0 (no limit) or more");
        Require(TopP is > 0 and <= 1, nameof(TopP), TopP, "above 0 and at most 1");
        Require(TypicalP is > 0 and <= 1, nameof(TypicalP), TypicalP, "above 0 and at most 1");
        Require(RepetitionPenalty is > 0 and < double.PositiveInfinity, nameof(RepetitionPenalty), RepetitionPenalty, "above 0");
        Require(NoRepeatNgramSize >= 0, nameof(NoRepeatNgramSize), NoRepeatNgramSize, "0 (no limit) or more");
        Require(Beams >= 1, nameof(Beams), Beams, "at least 1");
        Require(Beams == 1 || Temperature == 0, nameof(Temperature), Temperature, $"0 with Beams {Beams}: beam search takes the best and does not draw");
        Require(double.IsFinite(LengthPenalty), nameof(LengthPenalty), LengthPenalty, "a finite number");
        Require(Enum.IsDefined(EarlyStopping), nameof(EarlyStopping), EarlyStopping, string.Join(", ", Enum.GetNames<BeamStopping>()));
        Require(!StopStrings.Any(string.IsNullOrEmpty), nameof(StopStrings), "an empty text", "texts of at least one character");
    }

    private static void Require(bool fits, string name, object value, string expected)
    {
        if (!fits)
        {
            throw new ArgumentException($"{name} is {value}; expected {expected}", name);
        }
    }
}
