namespace Collimate.Comparison;

/// <summary>How recipes are compared.</summary>
public sealed record ComparisonOptions
{
    /// <summary>Where everything is written; runs that are already there are not done again.</summary>
    public required string Folder { get; init; }

    /// <summary>How many seeds each recipe is run with, from 1.</summary>
    public int Seeds { get; init; } = 3;

    /// <summary>Changes to every recipe, as <c>path=value</c>.</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>The most steps of each stage; null for what the recipes say.</summary>
    public long? MaxSteps { get; init; }

    /// <summary>Minutes of processor time that every run may train for, in place of the recipes' numbers of steps; null for the recipes' own. See <see cref="Comparison.TimeBudget"/>.</summary>
    public double? TimeBudget { get; init; }

    /// <summary>Worker threads of each run.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>How many runs go at once where memory allows.</summary>
    public int Parallel { get; init; } = 1;

    /// <summary>Scenes of each split that every model is asked about.</summary>
    public int Scenes { get; init; } = 300;
}
