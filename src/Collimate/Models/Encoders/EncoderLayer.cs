using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Encoders;

/// <summary>One pre-norm layer of a CLIP, SigLIP, DINOv2 or ViT tower: attention and a feed-forward block, each added to the residual, in DINOv2 with learnt factors.</summary>
internal sealed class EncoderLayer : Module
{
    private readonly LayerNorm norm1;
    private readonly EncoderAttention attention;
    private readonly Tensor? scale1;
    private readonly LayerNorm norm2;
    private readonly FeedForward feedForward;
    private readonly Tensor? scale2;

    public EncoderLayer(EncoderShape shape, Generator? generator)
    {
        var names = shape.Names;
        norm1 = AddModule(names.Norm1, new LayerNorm(shape.Width, shape.NormEpsilon));
        attention = AddModule(names.Attention, new EncoderAttention(shape, generator));
        scale1 = AddScale("layer_scale1.lambda1", shape);
        norm2 = AddModule(names.Norm2, new LayerNorm(shape.Width, shape.NormEpsilon));
        feedForward = new FeedForward(shape, generator, AddModule);
        scale2 = AddScale("layer_scale2.lambda1", shape);
    }

    /// <summary>The layer's attention.</summary>
    public EncoderAttention Attention => attention;

    /// <param name="x"><c>[batch, tokens, width]</c></param>
    /// <param name="sight">Who sees whom.</param>
    /// <param name="trace">Keeps who attended to whom.</param>
    /// <param name="prefix">What its attention may look at besides.</param>
    public Tensor Forward(Tensor x, AttentionRule sight, ForwardTrace? trace = null, LayerPrefix? prefix = null)
    {
        using var scope = new TensorScope();
        x += Scaled(attention.Forward(norm1.Forward(x), sight, trace, prefix), scale1);
        return scope.Escape(x + Scaled(feedForward.Forward(norm2.Forward(x)), scale2));
    }

    /// <summary>What attention among values adds; no feed-forward block follows it.</summary>
    /// <param name="x">The layer's own input, <c>[batch, tokens, width]</c></param>
    public Tensor ForwardValues(Tensor x) => Scaled(attention.ForwardValues(norm1.Forward(x)), scale1);

    private static Tensor Scaled(Tensor added, Tensor? scale) => scale is null ? added : added * scale;

    private Tensor? AddScale(string name, EncoderShape shape)
    {
        using var scope = new TensorScope();
        return shape.LayerScale is { } first ? AddParameter(name, Tensor.Full([shape.Width], first)) : null;
    }
}
