using Collimate.Torch;

namespace Collimate.Models.Language;

/// <summary>
/// Keys and values of the positions a decoder has passed, so that each new token costs one position. Memory is taken ahead and doubled
/// when full. All rows are equally long; where prompts differ in length, their padding (left or right) stays in the cache, marked
/// invalid in the <see cref="Attention.AttentionSpec"/> that travels with it.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor?[] keys;
    private readonly Tensor?[] values;

    /// <summary>An empty cache; memory is taken when the first positions arrive.</summary>
    /// <param name="layerCount">Layers of the decoder.</param>
    /// <param name="capacity">Positions to make room for at first.</param>
    public KeyValueCache(int layerCount, int capacity = 64)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(layerCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        keys = new Tensor?[layerCount];
        values = new Tensor?[layerCount];
        Capacity = capacity;
    }

    /// <summary>Positions held, padding included.</summary>
    public int Length { get; private set; }

    /// <summary>Positions there is room for before memory is taken anew.</summary>
    public int Capacity { get; private set; }

    /// <summary>Layers of the decoder.</summary>
    public int LayerCount => keys.Length;

    /// <summary>The keys of one layer after rotation, <c>[batch, keyValueHeads, length, headSize]</c>.</summary>
    public Tensor Keys(int layer) => Held(keys[layer]);

    /// <summary>The values of one layer, <c>[batch, keyValueHeads, length, headSize]</c>.</summary>
    public Tensor Values(int layer) => Held(values[layer]);

    /// <summary>Forgets all positions from <paramref name="length"/> on.</summary>
    public void Trim(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <summary>Keeps the given rows, in the given order; a row may be named more than once.</summary>
    public void SelectRows(ReadOnlySpan<int> rows)
    {
        long[] numbers = [.. rows];
        using var noGradient = GradMode.Disable();
        using var scope = new TensorScope();
        foreach (var half in new[] { keys, values })
        {
            for (var layer = 0; layer < half.Length; layer++)
            {
                if (half[layer] is { } held)
                {
                    half[layer] = held.IndexSelect(0, Tensor.From<long>(numbers, [numbers.Length], held.Device)).Keep();
                    held.Dispose();
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var held in keys.Concat(values))
        {
            held?.Dispose();
        }

        Array.Clear(keys);
        Array.Clear(values);
        Length = 0;
    }

    /// <summary>Adds a layer's new positions and returns all of that layer, the new ones last. <see cref="Length"/> moves when the run says so.</summary>
    /// <param name="layer">Number of the layer.</param>
    /// <param name="key"><c>[batch, keyValueHeads, positions, headSize]</c></param>
    /// <param name="value"><c>[batch, keyValueHeads, positions, headSize]</c></param>
    /// <exception cref="InvalidOperationException">Gradients are being recorded: they would end here unnoticed.</exception>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor key, Tensor value)
    {
        if (key.RequiresGrad)
        {
            throw new InvalidOperationException("a key/value cache carries no gradients: run under GradMode.Disable(), or without a cache to train");
        }

        var end = Length + (int)key.Size(2);
        while (Capacity < end)
        {
            Capacity *= 2;
        }

        return (Store(ref keys[layer], key, end), Store(ref values[layer], value, end));
    }

    /// <summary>Counts the positions that every layer has now stored.</summary>
    internal void Advance(int positions) => Length += positions;

    private Tensor Held(Tensor? held) =>
        held?.Narrow(2, 0, Length) ?? throw new InvalidOperationException("the cache is empty");

    private Tensor Store(ref Tensor? held, Tensor added, int end)
    {
        if (held is not null && held.Size(0) != added.Size(0))
        {
            throw new ArgumentException($"the cache holds {held.Size(0)} rows; {added.Size(0)} were given");
        }

        if (held is null || held.Size(2) < end)
        {
            var grown = Tensor.Empty([added.Size(0), added.Size(1), Capacity, added.Size(3)], added.Type, added.Device).Keep();
            if (held is not null)
            {
                grown.Narrow(2, 0, Length).CopyFrom_(held.Narrow(2, 0, Length));
                held.Dispose();
            }

            held = grown;
        }

        held.Narrow(2, Length, end - Length).CopyFrom_(added);
        return held.Narrow(2, 0, end);
    }
}
