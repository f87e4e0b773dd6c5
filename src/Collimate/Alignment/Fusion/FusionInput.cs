using Collimate.Torch;

namespace Collimate.Alignment.Fusion;

/// <summary>What a pass has before its decoder runs.</summary>
/// <param name="Patches">What the eye saw, <c>[images, patches, visionWidth]</c>; null without pictures.</param>
/// <param name="Visual">The same in the decoder's space, <c>[images, tokens, hidden]</c>; null without pictures.</param>
/// <param name="Batch">The rows.</param>
/// <param name="Order">Who stands where.</param>
/// <param name="Positions">What each position of the sequence is.</param>
public sealed record FusionInput(Tensor? Patches, Tensor? Visual, Batch Batch, Order Order, Positions Positions)
{
    /// <summary>Whether the sequence has vectors of zeros where pictures stand.</summary>
    public bool IsEmptyAtPictures { get; init; }
}
