namespace Collimate.Planning;

/// <summary>What training a stage will take.</summary>
public sealed record StagePlan
{
    /// <summary>The stage's name.</summary>
    public required string Name { get; init; }

    /// <summary>What learns and what does not.</summary>
    public required IReadOnlyList<PartParameters> Parts { get; init; }

    /// <summary>How long rows are.</summary>
    public required RowLengths Rows { get; init; }

    /// <summary>Optimizer steps.</summary>
    public required long Steps { get; init; }

    /// <summary>Passes over the data; null where the data never end.</summary>
    public required double? Epochs { get; init; }

    /// <summary>Samples a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Samples in a piece.</summary>
    public required int MicroBatch { get; init; }

    /// <summary>Pieces a step, over all processes.</summary>
    public required int Pieces { get; init; }

    /// <summary>The most samples a piece may have within the bound on memory; 0 where not even one fits.</summary>
    public required int LargestMicroBatch { get; init; }

    /// <summary>Positions a step.</summary>
    public required long TokensPerStep { get; init; }

    /// <summary>What is held in memory with <see cref="MicroBatch"/>.</summary>
    public required MemoryPlan Memory { get; init; }

    /// <summary>Bytes of activations of a piece of <see cref="MicroBatch"/> rows where all of them are kept.</summary>
    public required long KeptActivations { get; init; }

    /// <summary>The same where layers run again for their gradients.</summary>
    public required long RecomputedActivations { get; init; }

    /// <summary>Bytes that each further row of a piece takes, with recomputation as the stage has it.</summary>
    public required long BytesPerRow { get; init; }

    /// <summary>Whether the stage fits within the bound on memory.</summary>
    public required bool Fits { get; init; }

    /// <summary>Bytes of a checkpoint.</summary>
    public required long CheckpointBytes { get; init; }

    /// <summary>Bytes of features that the stage's cache comes to hold, at most; 0 where it keeps none.</summary>
    public required long FeatureBytes { get; init; }

    /// <summary>How long a step takes; null where it was not measured.</summary>
    public StepTime? Time { get; init; }

    /// <summary>Floating-point operations of a step: twice for each multiplication with a weight that a position meets, three times that where gradients flow.</summary>
    public required double FlopsPerStep { get; init; }

    /// <summary>Where it does not fit: what would help, the least change first.</summary>
    public IReadOnlyList<PlanAdvice> Advice { get; init; } = [];

    /// <summary>How long the stage takes in all, in seconds; null where it was not measured.</summary>
    public double? Seconds => Time?.Seconds * Steps;
}

/// <summary>A change that makes a stage smaller.</summary>
/// <param name="Change">What to change in the recipe.</param>
/// <param name="Bytes">What the process would take then.</param>
/// <param name="Fits">Whether that is within the bound.</param>
public sealed record PlanAdvice(string Change, long Bytes, bool Fits);
