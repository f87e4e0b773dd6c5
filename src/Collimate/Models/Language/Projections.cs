using Collimate.Torch;

namespace Collimate.Models.Language;

/// <summary>Query, key and value of one layer before rotation, each <c>[batch, positions, heads * headSize]</c>.</summary>
/// <param name="Query">What positions ask.</param>
/// <param name="Key">What positions answer to.</param>
/// <param name="Value">What positions give.</param>
public readonly record struct Projections(Tensor Query, Tensor Key, Tensor Value);
