namespace Collimate.Tokenization;

/// <summary>The merges of a byte-pair vocabulary, and their application to one word.</summary>
/// <remarks>
/// The pair with the lowest rank is joined first, the leftmost among equals (Sennrich et al. 2016). A short word is scanned for it; a long
/// one (scripts without spaces, a run of one letter) uses a heap, so that n bytes cost n log n and hostile text cannot stall a server.
/// </remarks>
internal sealed class MergeTable
{
    private const int LongestScan = 96;
    private const ulong None = ulong.MaxValue;

    // left id << 32 | right id  ->  rank << 32 | joined id: comparing values compares ranks.
    private readonly Dictionary<ulong, ulong> merges;

    internal MergeTable(int capacity) => merges = new Dictionary<ulong, ulong>(capacity);

    /// <summary>Adds the merge of the next rank; a pair that is there already keeps its rank.</summary>
    internal void Add(int left, int right, int joined, int rank) => merges.TryAdd(Key(left, right), Key(rank, joined));

    /// <summary>Joins pairs in place.</summary>
    /// <param name="parts">The ids of a word's bytes; the joined ids stand first afterwards.</param>
    /// <param name="places">Where each part lies in the word, joined like the parts; empty where nobody asks.</param>
    /// <returns>How many ids are left.</returns>
    internal int Apply(Span<int> parts, Span<(int Start, int End)> places = default)
    {
        if (parts.Length < 2)
        {
            return parts.Length;
        }

        return parts.Length <= LongestScan ? Scan(parts, places) : Heap(parts, places);
    }

    private static ulong Key(int high, int low) => ((ulong)(uint)high << 32) | (uint)low;

    private ulong Find(int left, int right) => merges.TryGetValue(Key(left, right), out var found) ? found : None;

    private int Scan(Span<int> parts, Span<(int Start, int End)> places)
    {
        var count = parts.Length;
        Span<ulong> found = stackalloc ulong[LongestScan]; // found[k]: the merge of parts k and k + 1
        for (var k = 0; k + 1 < count; k++)
        {
            found[k] = Find(parts[k], parts[k + 1]);
        }

        while (count > 1)
        {
            var best = None;
            var at = 0;
            for (var k = 0; k + 1 < count; k++)
            {
                // One pair has one rank and one joined id, so equal ranks are equal values: the leftmost stays.
                if (found[k] < best)
                {
                    (best, at) = (found[k], k);
                }
            }

            if (best == None)
            {
                break;
            }

            parts[at] = (int)(uint)best;
            parts[(at + 2)..count].CopyTo(parts[(at + 1)..]);
            if (!places.IsEmpty)
            {
                places[at].End = places[at + 1].End;
                places[(at + 2)..count].CopyTo(places[(at + 1)..]);
            }

            if (at + 2 < count)
            {
                found[(at + 2)..(count - 1)].CopyTo(found[(at + 1)..]);
            }

            count--;
            if (at > 0)
            {
                found[at - 1] = Find(parts[at - 1], parts[at]);
            }

            if (at + 1 < count)
            {
                found[at] = Find(parts[at], parts[at + 1]);
            }
        }

        return count;
    }

    private int Heap(Span<int> parts, Span<(int Start, int End)> places)
    {
        var next = new int[parts.Length];
        var previous = new int[parts.Length];
        var queue = new PriorityQueue<(int At, ulong Merge), (ulong Merge, int At)>(parts.Length);
        for (var k = 0; k < parts.Length; k++)
        {
            (previous[k], next[k]) = (k - 1, k + 1 < parts.Length ? k + 1 : -1);
            if (k + 1 < parts.Length)
            {
                Offer(queue, k, Find(parts[k], parts[k + 1]));
            }
        }

        while (queue.TryDequeue(out var entry, out _))
        {
            var at = entry.At;
            var right = parts[at] < 0 ? -1 : next[at];
            if (right < 0 || Find(parts[at], parts[right]) != entry.Merge)
            {
                continue; // an earlier merge took one of the two
            }

            parts[at] = (int)(uint)entry.Merge;
            parts[right] = -1;
            if (!places.IsEmpty)
            {
                places[at].End = places[right].End;
            }

            next[at] = next[right];
            if (next[at] >= 0)
            {
                previous[next[at]] = at;
                Offer(queue, at, Find(parts[at], parts[next[at]]));
            }

            if (previous[at] >= 0)
            {
                Offer(queue, previous[at], Find(parts[previous[at]], parts[at]));
            }
        }

        var count = 0;
        for (var k = 0; k >= 0; k = next[k])
        {
            if (!places.IsEmpty)
            {
                places[count] = places[k];
            }

            parts[count++] = parts[k];
        }

        return count;
    }

    private static void Offer(PriorityQueue<(int At, ulong Merge), (ulong Merge, int At)> queue, int at, ulong merge)
    {
        if (merge != None)
        {
            queue.Enqueue((at, merge), (merge, at));
        }
    }
}
