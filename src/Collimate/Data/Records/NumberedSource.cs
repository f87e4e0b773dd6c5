using Collimate.Data.Conversations;
using Collimate.Data.Scenes;

namespace Collimate.Data.Records;

/// <summary>A data set whose samples have numbers: endless, pass after pass, each pass in an order that follows from the seed. Safe to use from several threads.</summary>
/// <param name="seed">From which the orders follow.</param>
/// <param name="shuffle">Whether every pass has an order of its own; otherwise samples come by their numbers.</param>
/// <param name="stream">Names the stream of random numbers of the orders.</param>
public abstract class NumberedSource(long seed, bool shuffle, string stream) : ISampleSource
{
    private readonly Pass?[] held = new Pass?[2]; // of the passes with even and with odd numbers the latest: where one ends, both are asked for

    /// <summary>How many samples a pass has; above 0.</summary>
    public abstract int Count { get; }

    /// <inheritdoc/>
    long? ISampleSource.Count => Count;

    /// <inheritdoc/>
    /// <exception cref="DataException">A sample cannot be used; the message names it.</exception>
    public IReadOnlyList<Sample> Draw(long step, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var samples = new Sample[count];
        for (var k = 0; k < count; k++)
        {
            samples[k] = At(checked((step * count) + k));
        }

        return samples;
    }

    /// <inheritdoc/>
    public Sample At(long place)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        var (pass, within) = Math.DivRem(place, Count);
        return Read(shuffle ? PassOf(pass).Order[within] : (int)within, pass);
    }

    /// <summary>A sample by its number.</summary>
    /// <param name="number">Its number, below <see cref="Count"/>.</param>
    /// <param name="pass">Which pass it is read for, from 0: a picture with several captions may show another in each.</param>
    /// <exception cref="DataException">The sample cannot be used.</exception>
    protected abstract Sample Read(int number, long pass);

    /// <summary>The order of a pass.</summary>
    /// <param name="random">The pass's own random numbers.</param>
    /// <returns>Every number below <see cref="Count"/> once.</returns>
    protected virtual int[] OrderOf(ref SceneRandom random)
    {
        var order = Enumerable.Range(0, Count).ToArray();
        random.Shuffle(order.AsSpan());
        return order;
    }

    // An order is made anew when it is not at hand: steps come one after another, so that is once a pass.
    private Pass PassOf(long number)
    {
        if (held[number & 1] is { } kept && kept.Number == number)
        {
            return kept;
        }

        var random = new SceneRandom((ulong)seed, stream, number);
        var made = new Pass(number, OrderOf(ref random));
        held[number & 1] = made;
        return made;
    }

    private sealed record Pass(long Number, int[] Order);
}
