using Collimate.Torch;

namespace Collimate.Models.Vision;

/// <summary>What a <see cref="VisionTransformer"/> saw in a batch of pictures.</summary>
/// <param name="Last">The last layer's tokens, <c>[images, tokens, width]</c>: after the final norm for SigLIP, before it for CLIP, as Hugging Face's <c>last_hidden_state</c>. A class token stands first.</param>
/// <param name="Pooled">One vector a picture, <c>[images, width]</c>, or null for a tower without pooling.</param>
/// <param name="HiddenStates">The states that were asked for, <c>[images, tokens, width]</c>, by their number: 0 is the embeddings, n the output of layer n.</param>
public sealed record VisionFeatures(Tensor Last, Tensor? Pooled, IReadOnlyDictionary<int, Tensor> HiddenStates);
