using Collimate.Torch.Optimization;
using Collimate.Training.Watching;

namespace Collimate.Training;

/// <summary>How a stage is trained, whatever it trains.</summary>
public sealed record TrainingOptions
{
    /// <summary>Optimizer steps.</summary>
    public required long Steps { get; init; }

    /// <summary>Worker threads; each runs whole pieces of a batch on one core.</summary>
    public int Workers { get; init; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>The largest norm of all gradients together; 0 leaves them as they are.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>The learning rate's course over the stage, as a factor.</summary>
    public required LearningRateSchedule Schedule { get; init; }

    /// <summary>What no learning rate falls below on its way down, whatever the schedule's factor; 0 for no such bound.</summary>
    public double LowestRate { get; init; }

    /// <summary>The other processes that train the same model; null for one alone.</summary>
    public IRankGroup? Ranks { get; init; }

    /// <summary>What is computed with, for reports of how well it is used; null where nobody asks.</summary>
    public ComputeSetting? Compute { get; init; }

    /// <summary>Steps between two checkpoints; 0 keeps only the last.</summary>
    public long SaveEvery { get; init; }
}
