using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Models.Encoders;

/// <summary>Widen, bend, narrow: the feed-forward block of an encoder layer.</summary>
internal sealed class FeedForward : Module
{
    private readonly Linear widen;
    private readonly Linear narrow;
    private readonly Activation activation;

    public FeedForward(EncoderShape shape, Generator? generator)
    {
        activation = shape.Activation;
        widen = AddModule("fc1", new Linear(shape.Width, shape.IntermediateSize, generator: generator, deviation: shape.FeedForwardDeviation));
        narrow = AddModule("fc2", new Linear(shape.IntermediateSize, shape.Width, generator: generator, deviation: shape.FeedForwardDeviation));
    }

    /// <param name="x"><c>[..., width]</c></param>
    public Tensor Forward(Tensor x) => narrow.Forward(activation.Apply(widen.Forward(x)));
}
