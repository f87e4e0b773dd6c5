using Collimate.Torch;

namespace Collimate.Models.Text;

/// <summary>What a <see cref="TextTransformer"/> read in a batch of texts.</summary>
/// <param name="Last">All tokens after the final norm, <c>[texts, tokens, width]</c>.</param>
/// <param name="Pooled">One vector a text, <c>[texts, width]</c>: for SigLIP through its text head, for CLIP before the projection.</param>
public sealed record TextFeatures(Tensor Last, Tensor Pooled);
