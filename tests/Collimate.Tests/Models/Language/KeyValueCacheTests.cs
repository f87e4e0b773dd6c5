using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Tests.Models.Language;

public sealed class KeyValueCacheTests
{
    [Fact]
    public void Append_BeyondCapacity_DoublesAndKeepsWhatWasThere()
    {
        using var scope = new TensorScope();
        using var cache = new KeyValueCache(1, capacity: 2);
        using var generator = new Generator(1);
        var parts = Enumerable.Range(0, 5).Select(_ => Tensor.RandomNormal([2, 1, 1, 3], generator)).ToArray();
        foreach (var part in parts)
        {
            cache.Append(0, part, part * 2);
            cache.Advance(1);
        }

        Assert.Equal((5, 8), (cache.Length, cache.Capacity));
        Near.Assert(Tensor.Cat(parts, 2), cache.Keys(0), 0, "keys");
        Near.Assert(Tensor.Cat(parts, 2) * 2, cache.Values(0), 0, "values");
    }

    [Fact]
    public void SelectRowsAndTrim_FilledCache_KeepTheRightParts()
    {
        using var scope = new TensorScope();
        using var cache = new KeyValueCache(2);
        using var generator = new Generator(2);
        var keys = Tensor.RandomNormal([3, 2, 4, 5], generator);
        cache.Append(0, keys, keys + 1);
        cache.Append(1, keys + 2, keys + 3);
        cache.Advance(4);

        cache.SelectRows([2, 0, 2]);
        cache.Trim(3);

        var chosen = keys.IndexSelect(0, Tensor.From<long>([2L, 0, 2], [3])).Slice(2, 0, 3);
        Near.Assert(chosen, cache.Keys(0), 0, "keys");
        Near.Assert(chosen + 3, cache.Values(1), 0, "values");
    }

    [Fact]
    public void Append_AnotherNumberOfRows_IsRefused()
    {
        using var scope = new TensorScope();
        using var cache = new KeyValueCache(1);
        cache.Append(0, Tensor.Zeros([2, 1, 1, 3]), Tensor.Zeros([2, 1, 1, 3]));
        cache.Advance(1);
        Assert.Throws<ArgumentException>(() => cache.Append(0, Tensor.Zeros([1, 1, 1, 3]), Tensor.Zeros([1, 1, 1, 3])));
    }

    [Fact]
    public void Keys_OutsideTheScopeThatFilledIt_AreStillThere()
    {
        using var cache = new KeyValueCache(1, capacity: 1);
        for (var step = 0; step < 3; step++)
        {
            using var scope = new TensorScope();
            cache.Append(0, Tensor.Full([1, 1, 1, 1], step), Tensor.Full([1, 1, 1, 1], step));
            cache.Advance(1);
        }

        using var reading = new TensorScope();
        Assert.Equal([0, 1, 2], Near.Floats(cache.Keys(0)));
    }
}
