using System.Numerics;

namespace Collimate.Data.Scenes;

/// <summary>
/// A small random generator whose stream is fixed for all time: xoshiro256** seeded by SplitMix64 from a seed, the name of a stream and an index,
/// so that item 7 of a stream is the same whichever items were drawn before it and on whichever thread.
/// </summary>
/// <remarks>Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2018). A mutable struct: hand it on by <c>ref</c>.</remarks>
public struct SceneRandom
{
    private ulong a;
    private ulong b;
    private ulong c;
    private ulong d;

    /// <summary>Opens the stream at one index.</summary>
    /// <param name="seed">The user's seed.</param>
    /// <param name="stream">What the numbers are for; different names give unrelated numbers.</param>
    /// <param name="index">Which item of the stream.</param>
    public SceneRandom(ulong seed, string stream, long index)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var state = Mix(Mix(Mix(seed) ^ StableHash.Of(stream)) ^ (ulong)index);
        a = Next(ref state);
        b = Next(ref state);
        c = Next(ref state);
        d = Next(ref state);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(b * 5, 7) * 9;
        var shifted = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        d = BitOperations.RotateLeft(d, 45);
        return result;
    }

    /// <summary>A whole number from 0 to <paramref name="limit"/> - 1, each as likely as the others (Lemire's method, without bias).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is not positive.</exception>
    public int Next(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        var bound = (uint)limit;
        var product = (NextUInt64() >> 32) * bound;
        if ((uint)product < bound)
        {
            var threshold = (0u - bound) % bound;
            while ((uint)product < threshold)
            {
                product = (NextUInt64() >> 32) * bound;
            }
        }

        return (int)(product >> 32);
    }

    /// <summary>A whole number from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="high"/> is below <paramref name="low"/>.</exception>
    public int Between(int low, int high)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(high, low);
        return low + Next(checked(high - low + 1));
    }

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>One of the choices, each as likely as the others.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no choices.</exception>
    public T Pick<T>(ReadOnlySpan<T> choices) => choices[Next(choices.Length)];

    /// <summary>An index drawn with the given weights (not negative, not all zero).</summary>
    /// <exception cref="ArgumentException">The weights do not add up to a positive number.</exception>
    public int PickWeighted(ReadOnlySpan<double> weights)
    {
        var total = 0.0;
        foreach (var weight in weights)
        {
            total += weight;
        }

        if (!(total > 0))
        {
            throw new ArgumentException("the weights must add up to a positive number", nameof(weights));
        }

        var left = NextDouble() * total;
        var last = 0;
        for (var index = 0; index < weights.Length; index++)
        {
            if (weights[index] <= 0)
            {
                continue;
            }

            last = index;
            left -= weights[index];
            if (left < 0)
            {
                break;
            }
        }

        return last;
    }

    /// <summary>Puts the items into a random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var last = items.Length - 1; last > 0; last--)
        {
            var other = Next(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    private static ulong Next(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        return Finish(state);
    }

    private static ulong Mix(ulong value) => Finish(value + 0x9E3779B97F4A7C15);

    private static ulong Finish(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
