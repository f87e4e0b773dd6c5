namespace Collimate.Models.Encoders;

/// <summary>What the layers of one tower have in common: sizes, and in what they differ from other towers' layers.</summary>
internal sealed record EncoderShape(int Width, int LayerCount, int HeadCount, int IntermediateSize, Activation Activation, double NormEpsilon)
{
    /// <summary>How checkpoints call the parts.</summary>
    public EncoderNames Names { get; init; } = EncoderNames.Clip;

    /// <summary>Whether query, key and value have biases.</summary>
    public bool HasAttentionBias { get; init; } = true;

    /// <summary>Whether the feed-forward block is gated (SwiGLU, Shazeer 2020) instead of <see cref="Activation"/> between two matrices.</summary>
    public bool IsGated { get; init; }

    /// <summary>First value of the learnt factors on what a block adds to the residual (layer scale, Touvron et al. 2021); null where there are none.</summary>
    public double? LayerScale { get; init; }

    /// <summary>Standard deviation of a freshly drawn square matrix (Glorot and Bengio 2010), as SigLIP draws them.</summary>
    public double SquareDeviation => 1 / Math.Sqrt(Width);

    /// <summary>The same for the matrices of the feed-forward block.</summary>
    public double FeedForwardDeviation => Math.Sqrt(2.0 / (Width + IntermediateSize));
}
