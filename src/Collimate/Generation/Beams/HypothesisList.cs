namespace Collimate.Generation.Beams;

/// <summary>The best complete sequences of one row, as many as it has beams, by log-probability divided by a power of the length.</summary>
internal sealed class HypothesisList(GenerationOptions options)
{
    private readonly List<(double Score, Hypothesis Hypothesis)> kept = [];

    /// <summary>The best of all; of equals the one that came last.</summary>
    public Hypothesis Best => kept.Aggregate((best, next) => next.Score >= best.Score ? next : best).Hypothesis;

    /// <summary>Takes a complete sequence, and lets the worst go where there are more than beams.</summary>
    public void Add(Hypothesis hypothesis)
    {
        kept.Add((Normalized(hypothesis.Beam.Score, hypothesis.Length), hypothesis));
        if (kept.Count > options.Beams)
        {
            kept.Remove(kept.MinBy(entry => entry.Score));
        }
    }

    /// <summary>Whether the search may end.</summary>
    /// <param name="best">The highest score among the candidates of this step.</param>
    /// <param name="length">How many tokens were generated so far.</param>
    public bool IsEnough(float best, int length)
    {
        if (kept.Count < options.Beams)
        {
            return false;
        }

        // Scores are negative: with a positive penalty the longest sequence has the most to gain.
        var attainable = options.EarlyStopping == BeamStopping.WhenCertain && options.LengthPenalty > 0 ? options.MaxNewTokens : length;
        return options.EarlyStopping == BeamStopping.WhenEnough || kept.Min(entry => entry.Score) >= Normalized(best, attainable);
    }

    private double Normalized(float score, int length) => score / Math.Pow(length, options.LengthPenalty);
}
