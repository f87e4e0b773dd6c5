using System.Buffers.Binary;
using Collimate.Torch;

namespace Collimate.Adapters;

/// <summary>
/// Leaves inputs of an adapter out at random. Which ones follows from the pass's seed and the layer alone, so that threads, interruptions and
/// layers that are run again for their gradients change nothing.
/// </summary>
/// <param name="chance">The chance of each input to be left out.</param>
/// <param name="stream">A number of this layer's own.</param>
/// <param name="pass">The seed of the forward pass in hand, or null where none was announced.</param>
internal sealed class AdapterDropout(double chance, ulong stream, Func<ulong?> pass)
{
    /// <summary>The chance of each input to be left out.</summary>
    public double Chance => chance;

    /// <summary>Leaves out, and scales up the rest.</summary>
    /// <param name="x">Any shape.</param>
    public Tensor Apply(Tensor x)
    {
        if (pass() is not { } seed)
        {
            return x.Dropout(chance, training: true);
        }

        var mixed = Mix(seed, stream);
        return x.Device.Type == DeviceType.Cpu ? OnHost(x, mixed) : OnDevice(x, mixed);
    }

    /// <summary>Makes one number of two, each bit of either changing half of its bits. Source: Steele et al. 2014, SplitMix64.</summary>
    public static ulong Mix(ulong first, ulong second)
    {
        var z = first + ((second + 1) * 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number for a text. Source: Fowler, Noll and Vo's hash 1a.</summary>
    public static ulong Hash(string text)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var letter in text)
        {
            hash = (hash ^ letter) * 0x100000001B3;
        }

        return hash;
    }

    private Tensor OnHost(Tensor x, ulong seed)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(seed);
        var kept = Tensor.RandomUniform(x.Shape, generator).Ge(chance).To(x.Type) * (1 / (1 - chance));
        return scope.Escape(x * kept);
    }

    // The state of a CUDA generator is its seed and how far it has got.
    private Tensor OnDevice(Tensor x, ulong seed)
    {
        using var generator = Generator.DefaultOf(x.Device);
        var before = generator.State;
        var state = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(state, seed);
        generator.State = state;
        var dropped = x.Dropout(chance, training: true);
        generator.State = before;
        return dropped;
    }
}
