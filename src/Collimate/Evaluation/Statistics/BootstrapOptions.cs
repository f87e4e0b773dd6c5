namespace Collimate.Evaluation.Statistics;

/// <summary>How often and from which random numbers a set is drawn anew.</summary>
public sealed record BootstrapOptions
{
    /// <summary>1000 draws from seed 1, for intervals of 95 %.</summary>
    public static BootstrapOptions Default { get; } = new();

    /// <summary>How many sets are drawn.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Which random numbers; the same seed gives the same interval, on every machine.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The share of the drawn sets that lies within the interval.</summary>
    public double Level { get; init; } = 0.95;

    /// <summary>Refuses what cannot be drawn.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Resamples, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Level, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Level, 1);
    }
}
