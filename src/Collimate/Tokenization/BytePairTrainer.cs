using System.Runtime.InteropServices;

namespace Collimate.Tokenization;

/// <summary>Learns a byte-level vocabulary from a corpus. The same words and counts give the same vocabulary, in whatever order they come.</summary>
/// <remarks>
/// Source: Sennrich et al. 2016; pairs of equal count are joined in ordinal order of their spelling. Counts of pairs are kept up to date word by
/// word instead of being taken anew, and the best pair comes from a heap, so that a merge costs only the words it touches.
/// </remarks>
public static class BytePairTrainer
{
    /// <summary>Learns merges from texts.</summary>
    /// <param name="corpus">Texts; they are cut into words by <see cref="BytePairTokenizer.DefaultPattern"/>.</param>
    /// <param name="vocabularySize">Ids in all, bytes and special tokens included; fewer come out where every word is whole before.</param>
    /// <param name="specialTokens">Tokens that no text is cut into; they get the last ids.</param>
    /// <param name="wholeWords">Words that, with a space before them, must become one token, whatever the corpus says.</param>
    /// <returns>Vocabulary, merges and special tokens.</returns>
    /// <exception cref="ArgumentException">
    /// There is no room for the bytes, the whole words and the special tokens; a whole word is cut in two by the pattern; a special token is given twice.
    /// </exception>
    public static LearntVocabulary Train(
        IEnumerable<string> corpus, int vocabularySize, IReadOnlyList<string> specialTokens, IReadOnlyCollection<string>? wholeWords = null) =>
        Train(CountWords(corpus), vocabularySize, specialTokens, wholeWords);

    /// <summary>Learns merges from words that are counted already.</summary>
    /// <param name="words">Words, each with the space before it where it has one, and how often they occur; a word given twice counts twice.</param>
    /// <param name="vocabularySize">Ids in all, bytes and special tokens included; fewer come out where every word is whole before.</param>
    /// <param name="specialTokens">Tokens that no text is cut into; they get the last ids.</param>
    /// <param name="wholeWords">Words that, with a space before them, must become one token, whatever the counts say.</param>
    /// <returns>Vocabulary, merges and special tokens.</returns>
    /// <exception cref="ArgumentException">As for a corpus; or a count is below 1.</exception>
    public static LearntVocabulary Train(
        IEnumerable<(string Word, long Count)> words, int vocabularySize, IReadOnlyList<string> specialTokens, IReadOnlyCollection<string>? wholeWords = null)
    {
        CheckSpecialTokens(specialTokens);
        var required = (wholeWords ?? []).Select(Required).ToHashSet(StringComparer.Ordinal);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (word, count) in words)
        {
            if (count < 1 || word.Length == 0)
            {
                throw new ArgumentException($"the word '{word}' is counted {count} times; words have letters and occur at least once", nameof(words));
            }

            CollectionsMarshal.GetValueRefOrAddDefault(counts, ByteLevel.Spell(word), out _) += count;
        }

        foreach (var word in required)
        {
            counts.TryAdd(word, 0);
        }

        var learner = new MergeLearner(counts, required);
        var room = vocabularySize - specialTokens.Count;
        while (learner.Vocabulary.Count < room && learner.Learn(room))
        {
        }

        if (learner.Vocabulary.Count > room || learner.FirstSplitRequired() is not null)
        {
            var split = learner.FirstSplitRequired() is { } word ? $"; '{word}' is still several tokens" : "";
            throw new ArgumentException($"a vocabulary of {vocabularySize} has no room for 256 bytes, {specialTokens.Count} special tokens and {required.Count} whole words{split}", nameof(vocabularySize));
        }

        var ids = learner.Vocabulary.Select((token, id) => (token, id)).ToDictionary(t => t.token, t => t.id, StringComparer.Ordinal);
        return new LearntVocabulary(ids, learner.Merges, [.. specialTokens.Select((token, k) => new AddedToken(ids.Count + k, token))]);
    }

    private static IEnumerable<(string Word, long Count)> CountWords(IEnumerable<string> corpus)
    {
        var splitter = WordSplitter.For(BytePairTokenizer.DefaultPattern);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var bySpan = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var ends = new List<int>();
        foreach (var text in corpus)
        {
            ends.Clear();
            splitter.Split(text, ends);
            var start = 0;
            foreach (var end in ends)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(bySpan, text.AsSpan(start, end - start), out _)++;
                start = end;
            }
        }

        return counts.Select(pair => (pair.Key, pair.Value));
    }

    private static string Required(string word)
    {
        var ends = new List<int>();
        WordSplitter.For(BytePairTokenizer.DefaultPattern).Split(" " + word, ends);
        return word.Length > 0 && ends.Count == 1
            ? ByteLevel.Spell(" " + word)
            : throw new ArgumentException($"'{word}' cannot be one token: the pattern cuts it into {ends.Count} words; only letters, only digits or only symbols stay together", nameof(word));
    }

    private static void CheckSpecialTokens(IReadOnlyList<string> specialTokens)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in specialTokens)
        {
            if (token.Length < 2 || !seen.Add(token))
            {
                throw new ArgumentException($"the special token '{token}' is given twice or is shorter than two characters", nameof(specialTokens));
            }
        }
    }
}
