using Collimate.Torch;

namespace Collimate.Training.Reasoning;

/// <summary>What a frozen part said of many pictures or questions, in half precision in memory, by their names.</summary>
internal sealed class FrozenTokens : IDisposable
{
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);
    private readonly Tensor tokens;
    private readonly int[] lengths;

    /// <param name="names">The pictures or questions.</param>
    /// <param name="length">The most tokens of one.</param>
    /// <param name="width">Width of a token.</param>
    public FrozenTokens(IReadOnlyCollection<string> names, int length, int width)
    {
        foreach (var name in names)
        {
            places.TryAdd(name, places.Count);
        }

        using var scope = new TensorScope();
        tokens = Tensor.Zeros([places.Count, length, width], ScalarType.Float16).Keep();
        lengths = new int[places.Count];
    }

    /// <summary>Bytes that so many take.</summary>
    public static long BytesOf(long count, long length, long width) => checked(count * length * width * ScalarType.Float16.Size());

    /// <summary>Whether something is known.</summary>
    public bool Contains(string name) => places.ContainsKey(name);

    /// <summary>Remembers; safe to call from several threads for different names.</summary>
    /// <param name="names">What was asked about.</param>
    /// <param name="said"><c>[names, tokens, width]</c></param>
    /// <param name="counts">How many tokens each has; all where null.</param>
    public void Set(IReadOnlyList<string> names, Tensor said, IReadOnlyList<int>? counts = null)
    {
        for (var k = 0; k < names.Count; k++)
        {
            using var scope = new TensorScope();
            var place = places[names[k]];
            lengths[place] = counts?[k] ?? (int)said.Size(1);
            tokens.Select(0, place).Narrow(0, 0, said.Size(1)).CopyFrom_(said.Select(0, k).To(Device.Cpu));
        }
    }

    /// <summary>Recalls.</summary>
    /// <param name="names">What is asked about; all of it known.</param>
    /// <param name="device">Where it is wanted.</param>
    /// <returns><c>[names, most tokens among them, width]</c> in single precision, and how many tokens each has.</returns>
    public (Tensor Tokens, int[] Lengths) Get(IReadOnlyList<string> names, Device device)
    {
        long[] wanted = [.. names.Select(name => (long)places[name])];
        int[] counts = [.. wanted.Select(place => lengths[place])];
        return (tokens.Narrow(1, 0, counts.Max()).IndexSelect(0, Tensor.From(wanted)).To(ScalarType.Float32).To(device), counts);
    }

    /// <inheritdoc/>
    public void Dispose() => tokens.Dispose();
}
