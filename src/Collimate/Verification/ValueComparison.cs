namespace Collimate.Verification;

/// <summary>How far one recorded value lies from what was computed here.</summary>
public sealed record ValueComparison
{
    /// <summary>What the value is.</summary>
    public required ComparisonKind Kind { get; init; }

    /// <summary>Its name in the recording.</summary>
    public required string Name { get; init; }

    /// <summary>The largest absolute difference of two elements; null where nothing could be subtracted.</summary>
    public double? AbsoluteError { get; init; }

    /// <summary>The same divided by the largest recorded absolute value.</summary>
    public double? RelativeError { get; init; }

    /// <summary>The largest <see cref="AbsoluteError"/> that is still right.</summary>
    public double? Tolerance { get; init; }

    /// <summary>What is wrong; null where the two agree.</summary>
    public string? Problem { get; init; }

    /// <summary>What else a reader should know, such as how many positions a mask left out.</summary>
    public string? Note { get; init; }

    /// <summary>Whether the two agree.</summary>
    public bool Passed => Problem is null;
}
