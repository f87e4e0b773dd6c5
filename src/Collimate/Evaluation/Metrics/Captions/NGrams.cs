namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>One to four words in a row, as numbers; -1 where it is shorter.</summary>
internal readonly record struct NGram(int First, int Second, int Third, int Fourth)
{
    public int Order => Second < 0 ? 1 : Third < 0 ? 2 : Fourth < 0 ? 3 : 4;
}

/// <summary>The runs of one to four words of a sentence and how often each occurs.</summary>
internal sealed class NGrams
{
    public const int Longest = 4;

    private NGrams(Dictionary<NGram, int> counts, int words) => (Counts, Words) = (counts, words);

    public Dictionary<NGram, int> Counts { get; }

    /// <summary>How many words the sentence has.</summary>
    public int Words { get; }

    public static NGrams Of(int[] words)
    {
        var counts = new Dictionary<NGram, int>();
        for (var order = 1; order <= Longest; order++)
        {
            for (var at = 0; at + order <= words.Length; at++)
            {
                var run = new NGram(words[at], order > 1 ? words[at + 1] : -1, order > 2 ? words[at + 2] : -1, order > 3 ? words[at + 3] : -1);
                counts[run] = counts.GetValueOrDefault(run) + 1;
            }
        }

        return new NGrams(counts, words.Length);
    }
}

/// <summary>Numbers words in the order in which they are met.</summary>
internal sealed class WordNumbers
{
    private readonly Dictionary<string, int> numbers = [];

    public int[] Of(string words) => Of(CaptionWords.Split(words));

    public int[] Of(IReadOnlyList<string> words)
    {
        var result = new int[words.Count];
        for (var at = 0; at < result.Length; at++)
        {
            if (!numbers.TryGetValue(words[at], out result[at]))
            {
                numbers[words[at]] = result[at] = numbers.Count;
            }
        }

        return result;
    }
}
