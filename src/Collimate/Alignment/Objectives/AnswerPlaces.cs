using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Alignment.Objectives;

/// <summary>The positions of a batch, all rows one after the other, that predict an answer's token.</summary>
internal sealed class AnswerPlaces
{
    private const int Round = 64;

    private readonly int[] places;
    private readonly int[] labels;

    private AnswerPlaces(int[] places, int[] labels) => (this.places, this.labels) = (places, labels);

    /// <summary>How many there are.</summary>
    internal int Count => places.Length;

    /// <summary>The number of a position among all rows.</summary>
    internal int this[int k] => places[k];

    /// <summary>The places of a batch.</summary>
    internal static AnswerPlaces Of(Positions positions) =>
        new([.. Enumerable.Range(0, positions.Labels.Length).Where(k => positions.Labels[k] != Positions.NoLabel)], positions.Labels);

    /// <summary>What a pass says at its places, and what is to be predicted there.</summary>
    /// <remarks>Filled up to a round number with places that do not count, so that few distinct shapes occur: bf16 products are compiled per shape.</remarks>
    /// <param name="pass">The pass whose places these are.</param>
    /// <returns>States <c>[places, rounded up, hidden]</c> and targets, Int64 <c>[places, rounded up]</c></returns>
    internal (Tensor Hidden, Tensor Targets) In(ForwardPass pass)
    {
        var device = pass.Hidden.Device;
        var padded = new int[(places.Length + Round - 1) / Round * Round];
        places.CopyTo(padded, 0);
        var where = Tensor.From([.. padded.Select(k => (long)k)], [padded.Length], device);
        var targets = Tensor.From([.. padded.Select((k, at) => (long)(at < places.Length ? labels[k] : Positions.NoLabel))], [padded.Length], device);
        return (pass.Hidden.Reshape(-1, pass.Hidden.Size(-1)).IndexSelect(0, where), targets);
    }

    /// <summary>The losses of a pass at its places; logits exist only some rows at a time.</summary>
    /// <param name="pass">The pass whose places these are.</param>
    /// <returns>The sum, and place by place, rounded up: the loss, and whether the target scored highest</returns>
    internal (Tensor Sum, Tensor Losses, Tensor Hits) Losses(ForwardPass pass)
    {
        var (hidden, targets) = In(pass);
        var (sum, _, losses, hits) = FusedOperators.LinearCrossEntropy(hidden, pass.Model.Language.HeadWeight, targets);
        return (sum, losses, hits);
    }
}
