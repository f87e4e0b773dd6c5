namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>The runs of one to four words of all captions of a set, each with a number; what BLEU and CIDEr count. Made once and handed to both.</summary>
/// <remarks>A run is known by the number of the run without its last word, and by that word: so a run costs one look-up, however long it is.</remarks>
public sealed class CaptionRuns
{
    private readonly Dictionary<long, int> numbers = [];
    private readonly Dictionary<string, int> words = [];
    private readonly List<byte> orders = [];

    private CaptionRuns(int pictures) => Pictures = new CaptionsOfPicture[pictures];

    /// <summary>The captions of every picture, in the pictures' order.</summary>
    internal CaptionsOfPicture[] Pictures { get; }

    /// <summary>How many different runs there are.</summary>
    internal int Count => orders.Count;

    /// <summary>Counts the runs of a set.</summary>
    /// <param name="pairs">Pairs of words; see <see cref="CaptionPair.Tokenized"/>.</param>
    public static CaptionRuns Of(IReadOnlyList<CaptionPair> pairs)
    {
        CaptionPair.Check(pairs);
        var (runs, found) = (new CaptionRuns(pairs.Count), new List<int>());
        for (var at = 0; at < pairs.Count; at++)
        {
            runs.Pictures[at] = new CaptionsOfPicture(runs.OfOne(pairs[at].Candidate, found), [.. pairs[at].References.Select(reference => runs.OfOne(reference, found))]);
        }

        return runs;
    }

    /// <summary>How many words a run has, 1 to 4.</summary>
    internal int Order(int run) => orders[run];

    private CountedRuns OfOne(string caption, List<int> found)
    {
        found.Clear();
        var known = words.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<int> open = [-1, -1, -1]; // the runs of one, two and three words that end here
        var (length, at) = (0, 0);
        while (at < caption.Length)
        {
            if (char.IsWhiteSpace(caption[at]))
            {
                at++;
                continue;
            }

            var begin = at;
            while (at < caption.Length && !char.IsWhiteSpace(caption[at]))
            {
                at++;
            }

            if (!known.TryGetValue(caption.AsSpan(begin, at - begin), out var word))
            {
                words.Add(caption[begin..at], word = words.Count);
            }

            length++;
            for (var order = NGrams.Longest; order > 1; order--)
            {
                if (open[order - 2] >= 0)
                {
                    var run = NumberOf(open[order - 2], word, order);
                    found.Add(run);
                    if (order <= open.Length)
                    {
                        open[order - 1] = run;
                    }
                }
            }

            found.Add(open[0] = NumberOf(-1, word, 1));
        }

        found.Sort();
        return CountedRuns.Of(length, found);
    }

    private int NumberOf(int prefix, int word, int order)
    {
        var key = ((long)prefix << 32) | (uint)word;
        if (!numbers.TryGetValue(key, out var number))
        {
            numbers.Add(key, number = numbers.Count);
            orders.Add((byte)order);
        }

        return number;
    }
}

/// <summary>A picture's captions as runs of words.</summary>
/// <param name="Candidate">The model's caption.</param>
/// <param name="References">The people's captions.</param>
internal readonly record struct CaptionsOfPicture(CountedRuns Candidate, CountedRuns[] References);

/// <summary>The runs of a caption, and how often each occurs.</summary>
/// <param name="Words">How many words the caption has.</param>
/// <param name="Runs">The runs' numbers, rising.</param>
/// <param name="Counts">How often each occurs.</param>
internal readonly record struct CountedRuns(int Words, int[] Runs, int[] Counts)
{
    /// <summary>Counts sorted numbers.</summary>
    internal static CountedRuns Of(int words, List<int> sorted)
    {
        var different = 0;
        for (var at = 0; at < sorted.Count; at++)
        {
            different += at == 0 || sorted[at] != sorted[at - 1] ? 1 : 0;
        }

        var (runs, counts, place) = (new int[different], new int[different], -1);
        for (var at = 0; at < sorted.Count; at++)
        {
            if (at == 0 || sorted[at] != sorted[at - 1])
            {
                runs[++place] = sorted[at];
            }

            counts[place]++;
        }

        return new CountedRuns(words, runs, counts);
    }
}
