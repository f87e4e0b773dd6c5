using Collimate.Torch.Fused;

namespace Collimate.Models.Language;

/// <summary>Where one of several rows stands that decode together, each with a cache of its own.</summary>
/// <param name="Angles">Rotary angles of its new position, <c>[1, 1, headSize / 2]</c>.</param>
/// <param name="Sight">Whom the new position sees.</param>
/// <param name="Cache">The row's keys and values.</param>
internal readonly record struct DecodingPlace(RotaryAngles Angles, AttentionRule Sight, KeyValueCache Cache);
