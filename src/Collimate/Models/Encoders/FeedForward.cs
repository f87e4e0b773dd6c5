using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Encoders;

/// <summary>Widen, bend, narrow: the feed-forward block of an encoder layer, plain or gated.</summary>
/// <remarks>Not a module of its own: checkpoints keep its two matrices together in some families and apart in others, so the layer holds them.</remarks>
internal sealed class FeedForward
{
    private readonly Linear widen;
    private readonly Linear narrow;
    private readonly Activation activation;
    private readonly bool isGated;

    /// <param name="shape">The tower's shape.</param>
    /// <param name="generator">Draws the weights.</param>
    /// <param name="add">Adds a matrix to the module that holds the block.</param>
    public FeedForward(EncoderShape shape, Generator? generator, Func<string, Linear, Linear> add)
    {
        (activation, isGated) = (shape.Activation, shape.IsGated);
        var wide = isGated ? 2 * shape.IntermediateSize : shape.IntermediateSize;
        widen = add(shape.Names.Widen, new Linear(shape.Width, wide, generator: generator, deviation: shape.FeedForwardDeviation));
        narrow = add(shape.Names.Narrow, new Linear(shape.IntermediateSize, shape.Width, generator: generator, deviation: shape.FeedForwardDeviation));
    }

    /// <param name="x"><c>[..., width]</c></param>
    public Tensor Forward(Tensor x)
    {
        var wide = widen.Forward(x);                                           // [..., intermediate], twice that where gated
        return narrow.Forward(isGated ? FusedOperators.SwiGlu(wide) : activation.Apply(wide));
    }
}
