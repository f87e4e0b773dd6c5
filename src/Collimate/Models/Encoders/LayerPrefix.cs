using Collimate.Torch;

namespace Collimate.Models.Encoders;

/// <summary>
/// What the attention of one encoder layer may look at beside its own tokens, with a softmax of its own and a gate a head: out + tanh(gate) · softmax(q · kᵀ / √size) · v, where k and v are the layer's own projections of the prefix.
/// </summary>
/// <remarks>Source: LLaMA-Adapter V2 (Gao et al. 2023). With all gates at zero the layer computes to the last bit what it computes without.</remarks>
/// <param name="Values"><c>[batch, length, width]</c></param>
/// <param name="Gate"><c>[heads]</c></param>
public sealed record LayerPrefix(Tensor Values, Tensor Gate);
