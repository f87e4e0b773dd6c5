using Collimate.Torch;

namespace Collimate.Models.Attention;

/// <summary>
/// An <see cref="AttentionSpec"/> on a device, made once for all layers of a run: 32-bit integers <c>[batch, keys]</c>, each absent
/// where it would change nothing. The queries are the last of the positions.
/// </summary>
/// <param name="Causal">False where everyone sees everyone; then the rest is absent.</param>
/// <param name="Document">Document numbers, 0 for the shared prefix; absent where each row is one document.</param>
/// <param name="Group">Group numbers, 0 for none; absent where no position is in a group.</param>
/// <param name="Open">1 where everyone in the document may look; absent where no position is open.</param>
/// <param name="Valid">0 on padding; absent where there is none.</param>
public sealed record AttentionTensors(bool Causal, Tensor? Document, Tensor? Group, Tensor? Open, Tensor? Valid)
{
    /// <summary>Everyone sees everyone.</summary>
    public static AttentionTensors Unrestricted { get; } = new(Causal: false, null, null, null, null);
}
