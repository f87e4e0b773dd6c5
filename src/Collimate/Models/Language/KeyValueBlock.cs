using Collimate.Torch;

namespace Collimate.Models.Language;

/// <summary>What a decoder's cache holds of some positions that follow each other, to be put into other caches.</summary>
/// <param name="layers">Keys and values by layer, <c>[1, keyValueHeads, positions, headSize]</c> each; owned.</param>
internal sealed class KeyValueBlock((Tensor Keys, Tensor Values)[] layers) : IDisposable
{
    public IReadOnlyList<(Tensor Keys, Tensor Values)> Layers => layers;

    public int Positions => (int)layers[0].Keys.Size(2);

    public long Bytes { get; } = layers.Sum(layer => (layer.Keys.ElementCount * layer.Keys.Type.Size()) + (layer.Values.ElementCount * layer.Values.Type.Size()));

    public void Dispose()
    {
        foreach (var (keys, values) in layers)
        {
            keys.Dispose();
            values.Dispose();
        }
    }
}
