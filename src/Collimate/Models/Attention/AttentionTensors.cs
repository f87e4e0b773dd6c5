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

    /// <summary>The rule as a matrix of what is not to be seen, <c>[batch or 1, 1, queries, keys]</c>; null where all is seen.</summary>
    internal Tensor? Unseen(long queries, long keys, Device device)
    {
        if (!Causal)
        {
            return null;
        }

        var places = Tensor.Arange(keys, device: device);
        var seen = places.Le(Asking(places)).Unsqueeze(0);                     // [1, queries, keys]
        if (Group is not null)
        {
            seen = seen.LogicalOr(Asking(Group).Eq(Group.Unsqueeze(1)).LogicalAnd(Group.Ne(0).Unsqueeze(1)));
        }

        if (Open is not null)
        {
            seen = seen.LogicalOr(Open.Ne(0).Unsqueeze(1));
        }

        if (Document is not null)
        {
            seen = seen.LogicalAnd(Asking(Document).Eq(Document.Unsqueeze(1)).LogicalOr(Document.Eq(0).Unsqueeze(1)));
        }

        if (Valid is not null)
        {
            seen = seen.LogicalAnd(Valid.Ne(0).Unsqueeze(1));
        }

        return seen.LogicalNot().Unsqueeze(1);

        Tensor Asking(Tensor values) => values.Narrow(-1, keys - queries, queries).Unsqueeze(-1); // [..., queries, 1]
    }
}
