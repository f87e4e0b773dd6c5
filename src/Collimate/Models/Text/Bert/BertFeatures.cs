using Collimate.Torch;

namespace Collimate.Models.Text.Bert;

/// <summary>What a <see cref="BertModel"/> read in a batch of texts.</summary>
/// <param name="Last">All tokens after the last layer, <c>[texts, tokens, hidden]</c>.</param>
/// <param name="Pooled">One vector a text, <c>[texts, hidden]</c>: the first token through the pooler; null where there is no pooler.</param>
public sealed record BertFeatures(Tensor Last, Tensor? Pooled);
