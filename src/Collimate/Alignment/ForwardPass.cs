using Collimate.Alignment.Attention;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Alignment;

/// <summary>Everything a pass through the model computed, for objectives, generation and inspection to read.</summary>
/// <param name="Batch">What went in.</param>
/// <param name="Patches">What the eye saw, <c>[images, patches, visionWidth]</c>; null without pictures.</param>
/// <param name="Visual">The same in the decoder's space, <c>[images, tokens, hidden]</c>; null without pictures.</param>
/// <param name="Sequence">The embeddings in order, and what each position is.</param>
/// <param name="Hidden">The decoder's last hidden states after its final norm, <c>[rows, length, hidden]</c>.</param>
/// <param name="Model">The model that ran.</param>
/// <param name="Context">Whether and how far the pass trains, its randomness, and where to report.</param>
public sealed record ForwardPass(Batch Batch, Tensor? Patches, Tensor? Visual, Sequence Sequence, Tensor Hidden, VisionLanguageModel Model, PassContext Context)
{
    /// <summary>Who sees whom, where the pass had another idea of it than the model; null for the model's own policy.</summary>
    public IAttentionPolicy? Policy { get; init; }
}

/// <summary>What the decoder runs on, and what it was made from.</summary>
/// <param name="Patches">What the eye saw, <c>[images, patches, visionWidth]</c>; null without pictures.</param>
/// <param name="Visual">The same in the decoder's space, <c>[images, tokens, hidden]</c>; null without pictures.</param>
/// <param name="Sequence">The embeddings in order, and what each position is.</param>
/// <param name="Input">The same with position ids and who sees whom.</param>
/// <param name="Hook">What enters inside the decoder's layers, or null.</param>
public sealed record ComposedInput(Tensor? Patches, Tensor? Visual, Sequence Sequence, LanguageInput Input, ILayerHook? Hook)
{
    /// <summary>Who stands where, as the composition decided it.</summary>
    public required Order Order { get; init; }
}
