namespace Collimate.Planning;

/// <summary>What a stage's training holds in memory at its largest, in bytes.</summary>
public sealed record MemoryPlan
{
    /// <summary>The process without the model: runtime, engine, tokenizer, data.</summary>
    public required long Program { get; init; }

    /// <summary>The model's parameters, learning and frozen.</summary>
    public required long Weights { get; init; }

    /// <summary>Gradients: once for a worker alone; with several, their sum, each one's own, and those that wait to be added in order.</summary>
    public required long Gradients { get; init; }

    /// <summary>The optimizer's moments.</summary>
    public required long OptimizerState { get; init; }

    /// <summary>What forward and backward passes hold beside that, for all workers that are at work together; <see cref="Logits"/> among it.</summary>
    public required long Activations { get; init; }

    /// <summary>Of the activations: logits, which exist a chunk of rows at a time.</summary>
    public required long Logits { get; init; }

    /// <summary>Pictures of the step in hand and of steps prepared ahead, as numbers.</summary>
    public required long Pictures { get; init; }

    /// <summary>What the beginning takes: with several workers the model is built once more for each before its parameters are shared.</summary>
    public required long Start { get; init; }

    /// <summary>The largest size of the process.</summary>
    public long Total => Math.Max(Start, Program + Weights + Gradients + OptimizerState + Activations + Pictures);
}
