using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Alignment.Fusion;

/// <summary>Seam 6: does vision also enter inside the decoder's layers?</summary>
public interface IFusion
{
    /// <summary>Prepares what the layers of one pass will ask for.</summary>
    /// <param name="patches">What the eye saw, <c>[images, patches, visionWidth]</c>, or null without pictures.</param>
    /// <param name="positions">What each position of the sequence is.</param>
    /// <returns>The hook that the decoder calls in each layer, or null where nothing enters.</returns>
    ILayerHook? Prepare(Tensor? patches, Positions positions);
}

/// <summary>Vision enters only as tokens.</summary>
public sealed class NoFusion : IFusion
{
    /// <inheritdoc/>
    public ILayerHook? Prepare(Tensor? patches, Positions positions) => null;
}
