using Collimate.Torch;

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

    /// <summary>The places and what is to be predicted there, as tensors.</summary>
    /// <remarks>Filled up to a round number with places that do not count, so that few distinct shapes occur: bf16 products are compiled per shape.</remarks>
    /// <param name="device">Where they are made.</param>
    /// <returns>Places and targets, Int64 <c>[count, rounded up]</c></returns>
    internal (Tensor Where, Tensor Targets) On(Device device)
    {
        var padded = new int[(places.Length + Round - 1) / Round * Round];
        places.CopyTo(padded, 0);
        var where = Tensor.From([.. padded.Select(k => (long)k)], [padded.Length], device);
        var targets = Tensor.From([.. padded.Select((k, at) => (long)(at < places.Length ? labels[k] : Positions.NoLabel))], [padded.Length], device);
        return (where, targets);
    }
}
