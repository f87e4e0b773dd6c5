namespace Collimate.Torch.Optimization;

/// <summary>Parameters that learn alike.</summary>
/// <param name="Name">What they are, for reports.</param>
/// <param name="Parameters">The parameters.</param>
public sealed record ParameterGroup(string Name, IReadOnlyList<Tensor> Parameters)
{
    /// <summary>The step size; schedules change it while training.</summary>
    public double LearningRate { get; set; }

    /// <summary>AdamW's decay of weights towards zero, per unit of learning rate.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Whether moments stay in single precision where the optimizer would keep fewer bits (<see cref="AdamW8Bit"/>): embeddings, whose rows learn at very different times, need them.</summary>
    public bool KeepsWideMoments { get; init; }
}
