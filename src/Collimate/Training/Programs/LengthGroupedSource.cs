using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Data.Scenes;

namespace Collimate.Training.Programs;

/// <summary>Samples of another source in an order in which those of like length share a batch; the batches come in random order.</summary>
/// <remarks>
/// A window of some batches is sorted by length, cut into batches, and the batches are shuffled. A window never reaches from one pass into the next, so every sample still comes
/// once a pass. Which sample stands at a place follows from the seed and the place alone; lengths are measured without reading pictures, those of the next window along with
/// the samples of this one, so that no step waits for a whole window.
/// </remarks>
/// <param name="source">Where the samples come from.</param>
/// <param name="lengthOf">How long a sample will be; what cannot be rendered has length 0 and fails when it is drawn.</param>
/// <param name="batchSize">Samples in a batch.</param>
/// <param name="window">Batches in a window; a whole pass where it has fewer.</param>
/// <param name="seed">From which the order follows.</param>
public sealed class LengthGroupedSource(ISampleSource source, Func<Sample, int> lengthOf, int batchSize, int window, ulong seed) : ISampleSource
{
    /// <summary>Batches in a window where a recipe does not say how many.</summary>
    public const int UsualWindow = 50;

    private readonly Lock gate = new();
    private Window? current;
    private Window? next;

    /// <inheritdoc/>
    public long? Count => source.Count;

    /// <inheritdoc/>
    public IReadOnlyList<Sample> Draw(long step, int count) => [.. Enumerable.Range(0, count).Select(k => At(checked((step * count) + k)))];

    /// <inheritdoc/>
    public Sample At(long place) => source.At(OriginOf(place));

    /// <summary>At which place of the other source the sample stands that comes at a place of this one.</summary>
    internal long OriginOf(long place)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        lock (gate)
        {
            if (current?.Holds(place) != true)
            {
                current = next?.Holds(place) == true ? next : WindowAt(place);
                next = WindowAt(current.End);
            }

            current.Order ??= OrderOf(current);
            Measure(next!, 1);
            return current.Start + current.Order[place - current.Start];
        }
    }

    // Windows begin where steps do, but for the first of a pass, which begins with the pass.
    private Window WindowAt(long place)
    {
        var size = (long)window * batchSize;
        var (passStart, passEnd) = source.Count is { } count ? (place / count * count, ((place / count) + 1) * count) : (0, long.MaxValue);
        var firstStep = FirstStepFrom(passStart);
        var number = Math.Max(0, place - firstStep) / size;
        var start = number == 0 ? passStart : firstStep + (number * size);
        var end = size > passEnd - firstStep - (number * size) ? passEnd : firstStep + ((number + 1) * size);
        return new Window(start, new int[checked((int)(end - start))]);
    }

    private long FirstStepFrom(long place) => (place + batchSize - 1) / batchSize * batchSize;

    // What completes the step before the window, and what is left over at its end, are the shortest: they share a batch with another pass.
    private int[] OrderOf(Window all)
    {
        Measure(all, all.Lengths.Length);
        var random = new SceneRandom(seed, "length groups", all.Start);
        var order = Enumerable.Range(0, all.Lengths.Length).ToArray();
        random.Shuffle(order.AsSpan());
        order = [.. order.OrderBy(k => all.Lengths[k])];
        var before = (int)Math.Min(order.Length, FirstStepFrom(all.Start) - all.Start);
        var odd = before + ((order.Length - before) % batchSize);
        var batches = order[odd..].Chunk(batchSize).ToArray();
        random.Shuffle(batches.AsSpan());
        return [.. order[..before], .. batches.SelectMany(batch => batch), .. order[before..odd]];
    }

    private void Measure(Window of, int count)
    {
        for (; count > 0 && of.Measured < of.Lengths.Length; count--)
        {
            of.Lengths[of.Measured] = Length(of.Start + of.Measured);
            of.Measured++;
        }
    }

    private int Length(long place)
    {
        try
        {
            return lengthOf(source.At(place));
        }
        catch (DataException)
        {
            return 0; // whoever draws it is told
        }
    }

    private sealed record Window(long Start, int[] Lengths)
    {
        internal int Measured { get; set; }

        internal int[]? Order { get; set; }

        internal long End => Start + Lengths.Length;

        internal bool Holds(long place) => place >= Start && place < End;
    }
}
