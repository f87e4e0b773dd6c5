using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using Collimate.Adapters;
using Collimate.Torch;

namespace Collimate.Models.Permutation;

/// <summary>The dropout of one forward pass: what is left out follows from the pass's seed and the order of the calls, not from who computes it or how wide its vectors are.</summary>
/// <remarks>Each number's draw is a hash of its place (Wellons' lowbias32), which costs a twentieth of a draw from a generator.</remarks>
/// <param name="chance">The chance of each number to be left out.</param>
/// <param name="seed">The pass's seed.</param>
internal sealed class PassDropout(double chance, ulong seed)
{
    private ulong calls;

    /// <summary>Leaves out, and scales up the rest.</summary>
    /// <param name="x">Any shape.</param>
    internal Tensor Apply(Tensor x)
    {
        using var scope = new TensorScope();
        var count = checked((int)x.ElementCount);
        var factors = ArrayPool<float>.Shared.Rent(count);
        try
        {
            Fill(factors.AsSpan(0, count), AdapterDropout.Mix(seed, calls++));
            var kept = Tensor.From<float>(factors.AsSpan(0, count), x.Shape, x.Device).To(x.Type);
            return scope.Escape(x * kept);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(factors);
        }
    }

    /// <summary>0 where a number is left out, what scales up the rest elsewhere.</summary>
    private void Fill(Span<float> factors, ulong stream)
    {
        var limit = (uint)(chance * uint.MaxValue);
        var scale = (float)(1 / (1 - chance));
        var (low, high) = ((uint)stream, (uint)(stream >> 32));
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(factors);
        var place = Vector<uint>.Indices;
        for (var k = 0; k < vectors.Length; k++, place += new Vector<uint>((uint)Vector<uint>.Count))
        {
            var isKept = Vector.GreaterThanOrEqual(Hash(Hash(place ^ new Vector<uint>(low)) + new Vector<uint>(high)), new Vector<uint>(limit));
            vectors[k] = Vector.ConditionalSelect(Vector.AsVectorSingle(isKept), new Vector<float>(scale), Vector<float>.Zero);
        }

        for (var at = vectors.Length * Vector<uint>.Count; at < factors.Length; at++)
        {
            factors[at] = Hash(Hash((uint)at ^ low) + high) >= limit ? scale : 0;
        }
    }

    private static Vector<uint> Hash(Vector<uint> x)
    {
        x = (x ^ (x >>> 16)) * new Vector<uint>(0x7feb352d);
        x = (x ^ (x >>> 15)) * new Vector<uint>(0x846ca68b);
        return x ^ (x >>> 16);
    }

    private static uint Hash(uint x)
    {
        x = (x ^ (x >>> 16)) * 0x7feb352d;
        x = (x ^ (x >>> 15)) * 0x846ca68b;
        return x ^ (x >>> 16);
    }
}
