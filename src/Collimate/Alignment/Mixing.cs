using Collimate.Torch;

namespace Collimate.Alignment;

/// <summary>Numbers a batch's sources as they lie one after the other: all visual tokens, then all rows of text.</summary>
internal readonly struct FlatSources(Batch batch, int perImage, int textLength)
{
    /// <summary>Where a source of a row lies.</summary>
    public long Of(int row, int source)
    {
        var visualCount = batch.ImageCount(row) * perImage;
        return source < visualCount
            ? (batch.FirstImage(row) * perImage) + source
            : (batch.Pictures * perImage) + (row * textLength) + source - visualCount;
    }
}

/// <summary>Applies a <see cref="Mixture"/> to embeddings that already stand in order.</summary>
internal static class Mixing
{
    /// <summary>Replaces the vectors of the slots.</summary>
    /// <param name="mixture">What is mixed.</param>
    /// <param name="embeddings">In order, <c>[rows · length, hidden]</c>.</param>
    /// <param name="sources">All sources, <c>[visual and text tokens, hidden]</c>.</param>
    /// <param name="flat">Where a source lies among them.</param>
    /// <param name="length">Positions of a row.</param>
    public static Tensor Apply(Mixture mixture, Tensor embeddings, Tensor sources, FlatSources flat, int length)
    {
        var (rows, slots) = ((int)mixture.Weights.Size(0), (int)mixture.Weights.Size(1));
        if (mixture.IsHard && !mixture.Weights.RequiresGrad)
        {
            return embeddings;
        }

        var (from, at, taken) = (new long[rows * slots], new long[rows * slots], new float[rows * slots]);
        var final = Enumerable.Range(0, rows * length).Select(k => (long)k).ToArray(); // the slots' new vectors follow the old ones
        for (var row = 0; row < rows; row++)
        {
            for (var slot = 0; slot < mixture.Slots[row].Length; slot++)
            {
                var place = (row * length) + mixture.Slots[row][slot];
                (from[(row * slots) + slot], at[(row * slots) + slot]) = (flat.Of(row, mixture.Movable[row][slot]), place);
                taken[(row * slots) + slot] = 1;
                final[place] = (rows * length) + (row * slots) + slot;
            }
        }

        using var scope = new TensorScope();
        var (device, hidden) = (embeddings.Device, embeddings.Size(-1));
        var movable = sources.IndexSelect(0, Tensor.From(from).To(device)).Reshape(rows, slots, hidden);     // [rows, slots, hidden]
        movable = Array.Exists(taken, one => one == 0) ? movable * Tensor.From(taken, [rows, slots, 1], device).To(movable.Type) : movable;
        var weights = mixture.Weights.To(embeddings.Type);
        var mixed = mixture.IsHard
            ? embeddings.IndexSelect(0, Tensor.From(at).To(device)).Reshape(rows, slots, hidden) + (weights - weights.Detach()).MatMul(movable.Detach())
            : weights.MatMul(movable);
        return scope.Escape(Tensor.Cat([embeddings, mixed.Reshape(-1, hidden)]).IndexSelect(0, Tensor.From(final).To(device)));
    }
}
