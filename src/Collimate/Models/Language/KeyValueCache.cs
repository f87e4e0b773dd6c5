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
    private readonly ScalarType? type;

    /// <summary>An empty cache; memory is taken when the first positions arrive.</summary>
    /// <param name="layerCount">Layers of the decoder.</param>
    /// <param name="capacity">Positions to make room for at first.</param>
    /// <param name="type">The type that keys and values are stored in; their own where null.</param>
    public KeyValueCache(int layerCount, int capacity = 64, ScalarType? type = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(layerCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        keys = new Tensor?[layerCount];
        values = new Tensor?[layerCount];
        Capacity = capacity;
        this.type = type;
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

    /// <summary>The same again, to go on in another way.</summary>
    public KeyValueCache Copy()
    {
        var copy = new KeyValueCache(LayerCount, Capacity, type) { Length = Length };
        for (var layer = 0; layer < LayerCount; layer++)
        {
            copy.keys[layer] = keys[layer]?.Clone().Keep();
            copy.values[layer] = values[layer]?.Clone().Keep();
        }

        return copy;
    }

    /// <summary>What all layers hold of some positions, in memory of its own.</summary>
    /// <param name="start">The first position.</param>
    /// <param name="count">How many.</param>
    internal KeyValueBlock Cut(int start, int count) => new(
        [.. Enumerable.Range(0, LayerCount).Select(layer => (Keys(layer).Narrow(2, start, count).Clone().Keep(), Values(layer).Narrow(2, start, count).Clone().Keep()))]);

    /// <summary>Adds positions that were cut out of another cache.</summary>
    internal void Append(KeyValueBlock block)
    {
        using var scope = new TensorScope();
        foreach (var (layer, (key, value)) in block.Layers.Index())
        {
            Append(layer, key, value);
        }

        Advance(block.Positions);
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

        var added = (int)key.Size(2);
        var (allKeys, allValues) = Reserve(layer, key.Size(0), key.Size(1), key.Size(3), added, key.Type, key.Device);
        allKeys.Narrow(2, Length, added).CopyFrom_(key);
        allValues.Narrow(2, Length, added).CopyFrom_(value);

        // What was just given need not be read back, and where nothing else is there it has not been rounded.
        return Length == 0 ? (key, value) : (allKeys.Narrow(2, 0, Length + added).To(key.Type), allValues.Narrow(2, 0, Length + added).To(value.Type));
    }

    /// <summary>The memory of one layer, with room for more positions behind <see cref="Length"/>: <c>[batch, keyValueHeads, capacity, headSize]</c> each.</summary>
    /// <param name="layer">Number of the layer.</param>
    /// <param name="batch">Rows that are about to be stored.</param>
    /// <param name="heads">Key and value heads.</param>
    /// <param name="size">Width of a head.</param>
    /// <param name="added">How many positions are about to be stored.</param>
    /// <param name="given">The type they come in.</param>
    /// <param name="device">Where they are.</param>
    internal (Tensor Keys, Tensor Values) Reserve(int layer, long batch, long heads, long size, int added, ScalarType given, Device device)
    {
        var end = Length + added;
        while (Capacity < end)
        {
            Capacity *= 2;
        }

        return (Grown(ref keys[layer], [batch, heads, Capacity, size], end, type ?? given, device), Grown(ref values[layer], [batch, heads, Capacity, size], end, type ?? given, device));
    }

    /// <summary>Counts the positions that every layer has now stored.</summary>
    internal void Advance(int positions) => Length += positions;

    private Tensor Held(Tensor? held) =>
        held?.Narrow(2, 0, Length) ?? throw new InvalidOperationException("the cache is empty");

    private Tensor Grown(ref Tensor? held, ReadOnlySpan<long> shape, int end, ScalarType stored, Device device)
    {
        if (held is not null && held.Size(0) != shape[0])
        {
            throw new ArgumentException($"the cache holds {held.Size(0)} rows; {shape[0]} were given");
        }

        if (held is null || held.Size(2) < end)
        {
            var grown = Tensor.Empty(shape, stored, device).Keep();
            if (held is not null)
            {
                grown.Narrow(2, 0, Length).CopyFrom_(held.Narrow(2, 0, Length));
                held.Dispose();
            }

            held = grown;
        }

        return held;
    }
}
