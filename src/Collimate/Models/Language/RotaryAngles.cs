using Collimate.Torch;

namespace Collimate.Models.Language;

/// <summary>Cosine and sine of the rotary angles of a batch of positions.</summary>
/// <param name="Cos"><c>[batch, positions, headSize / 2]</c></param>
/// <param name="Sin"><c>[batch, positions, headSize / 2]</c></param>
public readonly record struct RotaryAngles(Tensor Cos, Tensor Sin);
