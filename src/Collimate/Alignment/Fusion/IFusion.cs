using Collimate.Models.Language;

namespace Collimate.Alignment.Fusion;

/// <summary>Seam 6: does vision also enter inside the decoder's layers?</summary>
/// <remarks>
/// Whatever enters at a position comes from pictures that its own document may see, so that samples may share a row; and it does not depend on what else is in the batch.
/// </remarks>
public interface IFusion
{
    /// <summary>What of the other seams it cannot do without.</summary>
    FusionNeeds Needs => FusionNeeds.Nothing;

    /// <summary>What whoever trains it should be told before; null for nothing.</summary>
    string? Caution => null;

    /// <summary>Prepares what the layers of one pass will ask for.</summary>
    /// <param name="input">What the pass has so far.</param>
    /// <returns>The hook that the decoder calls in each layer, or null where nothing enters.</returns>
    ILayerHook? Prepare(FusionInput input);

    /// <summary>Reports about the gradients of a training step, which are there when it is called.</summary>
    /// <param name="measures">Where to report.</param>
    void ReportGradients(MeasureSet measures)
    {
    }

    /// <summary>Writes into the decoder's weights what answers the same so and costs less; the model is not to be trained after it.</summary>
    /// <param name="language">The decoder.</param>
    void MergeInto(CausalLanguageModel language)
    {
    }
}

/// <summary>What a fusion cannot do without.</summary>
public enum FusionNeeds
{
    /// <summary>Nothing enters.</summary>
    Nothing,

    /// <summary>Places in the sequence, one for every patch.</summary>
    Places,

    /// <summary>Visual tokens that say something.</summary>
    VisualTokens,
}

/// <summary>Vision enters only as tokens.</summary>
public sealed class NoFusion : IFusion
{
    /// <inheritdoc/>
    public ILayerHook? Prepare(FusionInput input) => null;
}
