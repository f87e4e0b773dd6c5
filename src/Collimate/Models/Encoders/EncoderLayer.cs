using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Encoders;

/// <summary>One layer of a CLIP or SigLIP tower, on the image or the text side: pre-norm attention and a two-layer feed-forward block, each with a residual.</summary>
internal sealed class EncoderLayer : Module
{
    private readonly LayerNorm norm1;
    private readonly EncoderAttention attention;
    private readonly LayerNorm norm2;
    private readonly FeedForward feedForward;

    public EncoderLayer(EncoderShape shape, Generator? generator)
    {
        norm1 = AddModule("layer_norm1", new LayerNorm(shape.Width, shape.NormEpsilon));
        attention = AddModule("self_attn", new EncoderAttention(shape, generator));
        norm2 = AddModule("layer_norm2", new LayerNorm(shape.Width, shape.NormEpsilon));
        feedForward = AddModule("mlp", new FeedForward(shape, generator));
    }

    /// <param name="x"><c>[batch, tokens, width]</c></param>
    /// <param name="sight">Who sees whom.</param>
    /// <param name="trace">Keeps who attended to whom.</param>
    public Tensor Forward(Tensor x, AttentionRule sight, ForwardTrace? trace = null)
    {
        using var scope = new TensorScope();
        x += attention.Forward(norm1.Forward(x), sight, trace);
        return scope.Escape(x + feedForward.Forward(norm2.Forward(x)));
    }
}

/// <summary>What the layers of one tower have in common.</summary>
internal sealed record EncoderShape(int Width, int LayerCount, int HeadCount, int IntermediateSize, Activation Activation, double NormEpsilon)
{
    /// <summary>Standard deviation of a freshly drawn square matrix (Glorot and Bengio 2010), as SigLIP draws them.</summary>
    public double SquareDeviation => 1 / Math.Sqrt(Width);

    /// <summary>The same for the matrices of the feed-forward block.</summary>
    public double FeedForwardDeviation => Math.Sqrt(2.0 / (Width + IntermediateSize));
}
