namespace Collimate.Models.Permutation;

/// <summary>The shape of a <see cref="GpsNetwork"/>. Source of the defaults: Zhou et al., the permutation experiment of GPS.</summary>
public sealed record GpsConfig
{
    /// <summary>Width of a token.</summary>
    public required int Width { get; init; }

    /// <summary>Width of the feed-forward part; 0 leaves it out, with its norm.</summary>
    public int Hidden { get; init; } = 8192;

    /// <summary>How many blocks; of the last only the scores are computed, so 1 is a bilinear form of the tokens.</summary>
    public int Layers { get; init; } = 4;

    /// <summary>Width of queries and keys; the token's own where null. Fewer make the scores a form of low rank.</summary>
    public int? ScoreWidth { get; init; }

    /// <summary>What is added to the score of a token for the place where it stands: the α of the identity residual.</summary>
    public double Alpha { get; init; } = 0.5;

    /// <summary>The chance of attention weights and of outputs to be left out while training.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Width of queries and keys.</summary>
    public int KeyWidth => ScoreWidth ?? Width;

    /// <summary>Refuses shapes that cannot be made.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size, α or the dropout is out of its range.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Width, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Hidden);
        ArgumentOutOfRangeException.ThrowIfLessThan(Layers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(KeyWidth, 1, nameof(ScoreWidth));
        if (!double.IsFinite(Alpha))
        {
            throw new ArgumentOutOfRangeException(nameof(Alpha), Alpha, "a number is needed");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Dropout), Dropout, "a chance from 0 to below 1 is needed");
        }
    }
}
