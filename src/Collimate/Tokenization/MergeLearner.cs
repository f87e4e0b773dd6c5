namespace Collimate.Tokenization;

/// <summary>The state of learning: words in parts, and how often each pair of parts occurs.</summary>
internal sealed class MergeLearner
{
    private readonly List<int[]> words = [];
    private readonly List<long> weights = [];
    private readonly List<bool> required = [];
    private readonly List<string> spellings = [];
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly PairCounts allPairs;
    private readonly PairCounts requiredPairs;
    private readonly Dictionary<(int Left, int Right), HashSet<int>> occurrences = [];
    private int missing;

    internal MergeLearner(Dictionary<string, long> counts, HashSet<string> requiredWords)
    {
        allPairs = new PairCounts(spellings);
        requiredPairs = new PairCounts(spellings);
        for (var value = 0; value < 256; value++)
        {
            IdOf(ByteLevel.Spell((byte)value).ToString());
        }

        foreach (var (word, count) in counts.OrderBy(w => w.Key, StringComparer.Ordinal))
        {
            var isRequired = requiredWords.Contains(word);
            words.Add([.. word.Select(c => ids[c.ToString()])]);
            weights.Add(count + (isRequired ? 1 : 0)); // so that a required word weighs something where the corpus lacks it
            required.Add(isRequired);
            Account(words.Count - 1, sign: 1);
        }

        allPairs.Publish();
        requiredPairs.Publish();
    }

    /// <summary>The tokens in the order of their ids.</summary>
    internal IReadOnlyList<string> Vocabulary => spellings;

    /// <summary>The merges so far.</summary>
    internal List<(string Left, string Right)> Merges { get; } = [];

    /// <summary>A required word that is not one token yet, or null.</summary>
    internal string? FirstSplitRequired() =>
        missing == 0 ? null : string.Concat(words.Where((parts, k) => required[k] && parts.Length > 1).First().Select(id => spellings[id]));

    /// <summary>Learns one merge: the most frequent pair; of required words only, once the room that is left may be needed for those.</summary>
    /// <param name="room">How many tokens there may be.</param>
    /// <returns>False where no pair is left.</returns>
    internal bool Learn(int room)
    {
        var source = room - spellings.Count <= missing ? requiredPairs : allPairs;
        if (source.TakeBest() is not { } pair)
        {
            return false;
        }

        Merges.Add((spellings[pair.Left], spellings[pair.Right]));
        var joined = IdOf(spellings[pair.Left] + spellings[pair.Right]);
        foreach (var word in occurrences.Remove(pair, out var touched) ? touched : [])
        {
            Account(word, sign: -1);
            words[word] = Join(words[word], pair, joined);
            Account(word, sign: 1);
        }

        allPairs.Publish();
        requiredPairs.Publish();
        return true;
    }

    private static int[] Join(int[] parts, (int Left, int Right) pair, int joined)
    {
        var result = new List<int>(parts.Length);
        for (var k = 0; k < parts.Length; k++)
        {
            var matches = k + 1 < parts.Length && parts[k] == pair.Left && parts[k + 1] == pair.Right;
            result.Add(matches ? joined : parts[k]);
            k += matches ? 1 : 0;
        }

        return [.. result];
    }

    private int IdOf(string spelling)
    {
        if (!ids.TryGetValue(spelling, out var id))
        {
            id = spellings.Count;
            ids.Add(spelling, id);
            spellings.Add(spelling);
        }

        return id;
    }

    // Adds a word's pairs to the counts, or takes them away.
    private void Account(int word, int sign)
    {
        var parts = words[word];
        missing += required[word] ? sign * (parts.Length - 1) : 0;
        for (var k = 0; k + 1 < parts.Length; k++)
        {
            var pair = (parts[k], parts[k + 1]);
            allPairs.Add(pair, sign * weights[word]);
            if (required[word])
            {
                requiredPairs.Add(pair, sign * weights[word]);
            }

            if (sign > 0)
            {
                if (!occurrences.TryGetValue(pair, out var set))
                {
                    occurrences[pair] = set = [];
                }

                set.Add(word);
            }
        }
    }

    /// <summary>How often pairs occur, with the most frequent at hand.</summary>
    private sealed class PairCounts(List<string> spellings) : IComparer<(long Count, (int Left, int Right) Pair)>
    {
        private readonly Dictionary<(int Left, int Right), long> counts = [];
        private readonly HashSet<(int Left, int Right)> changed = [];
        private PriorityQueue<(int Left, int Right), (long Count, (int Left, int Right) Pair)>? queue;

        public int Compare((long Count, (int Left, int Right) Pair) x, (long Count, (int Left, int Right) Pair) y)
        {
            var byCount = y.Count.CompareTo(x.Count);
            var byLeft = byCount != 0 ? byCount : string.CompareOrdinal(spellings[x.Pair.Left], spellings[y.Pair.Left]);
            return byLeft != 0 ? byLeft : string.CompareOrdinal(spellings[x.Pair.Right], spellings[y.Pair.Right]);
        }

        internal void Add((int Left, int Right) pair, long weight)
        {
            counts[pair] = counts.GetValueOrDefault(pair) + weight;
            changed.Add(pair);
        }

        /// <summary>Puts the counts that changed where they can be found; the outdated entries are dropped when they come up.</summary>
        internal void Publish()
        {
            queue ??= new(this);
            foreach (var pair in changed)
            {
                if (counts[pair] > 0)
                {
                    queue.Enqueue(pair, (counts[pair], pair));
                }
                else
                {
                    counts.Remove(pair);
                }
            }

            changed.Clear();
        }

        internal (int Left, int Right)? TakeBest()
        {
            while (queue!.TryPeek(out var pair, out var priority))
            {
                if (counts.GetValueOrDefault(pair) == priority.Count)
                {
                    return pair;
                }

                queue.Dequeue();
            }

            return null;
        }
    }
}
