using System.Text.RegularExpressions;

namespace Collimate.Tokenization;

/// <summary>Learns a byte-level vocabulary from a corpus. The same corpus gives the same vocabulary.</summary>
/// <remarks>Source: Sennrich et al. 2016; pairs of equal count are joined in ordinal order of their spelling.</remarks>
public static class BytePairTrainer
{
    /// <summary>Learns merges.</summary>
    /// <param name="corpus">Texts.</param>
    /// <param name="vocabularySize">Ids in all, special tokens included.</param>
    /// <param name="specialTokens">Tokens that no text is cut into; they get the last ids.</param>
    /// <param name="wholeWords">Words that, with a space before them, must become one token, whatever the corpus says.</param>
    /// <returns>Vocabulary, merges and special tokens.</returns>
    /// <exception cref="ArgumentException">The size has no room for the bytes, the whole words and the special tokens.</exception>
    public static (IReadOnlyDictionary<string, int> Vocabulary, IReadOnlyList<(string Left, string Right)> Merges, IReadOnlyList<AddedToken> Added) Train(
        IEnumerable<string> corpus, int vocabularySize, IReadOnlyList<string> specialTokens, IReadOnlyCollection<string> wholeWords)
    {
        var words = Count(corpus);
        foreach (var word in wholeWords)
        {
            words.TryAdd(ByteLevel.Spell(" " + word), 0);
        }

        var spellings = words.OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => (Parts: w.Key.Select(c => c.ToString()).ToList(), w.Value)).ToList();
        var required = wholeWords.Select(w => ByteLevel.Spell(" " + w)).ToHashSet(StringComparer.Ordinal);
        var vocabulary = Enumerable.Range(0, 256).Select(b => ByteLevel.Spell((byte)b).ToString()).ToList();
        var known = vocabulary.ToHashSet(StringComparer.Ordinal);
        var merges = new List<(string, string)>();
        var room = vocabularySize - specialTokens.Count;
        while (known.Count < room)
        {
            // Pairs inside required words come first by weight, so that every one of them is complete in the end.
            var pair = MostFrequent(spellings, required, onlyRequired: room - known.Count <= Missing(spellings, required));
            if (pair is not { } found)
            {
                break;
            }

            merges.Add(found);
            if (known.Add(found.Left + found.Right))
            {
                vocabulary.Add(found.Left + found.Right);
            }

            foreach (var (parts, _) in spellings)
            {
                Join(parts, found);
            }
        }

        if (spellings.FirstOrDefault(s => s.Parts.Count > 1 && required.Contains(string.Concat(s.Parts))).Parts is { } split)
        {
            throw new ArgumentException($"a vocabulary of {vocabularySize} has no room for every required word as one token; '{string.Concat(split)}' is still {split.Count}", nameof(vocabularySize));
        }

        var ids = vocabulary.Select((token, id) => (token, id)).ToDictionary(t => t.token, t => t.id, StringComparer.Ordinal);
        return (ids, merges, [.. specialTokens.Select((token, k) => new AddedToken(vocabulary.Count + k, token))]);
    }

    private static Dictionary<string, long> Count(IEnumerable<string> corpus)
    {
        var pattern = new Regex(BytePairTokenizer.DefaultPattern, RegexOptions.Compiled | RegexOptions.CultureInvariant);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var text in corpus)
        {
            foreach (var match in pattern.EnumerateMatches(text))
            {
                var word = ByteLevel.Spell(text.Substring(match.Index, match.Length));
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }

        return counts;
    }

    // How many joins the required words still need at most.
    private static int Missing(List<(List<string> Parts, long Count)> spellings, HashSet<string> required) =>
        spellings.Where(s => s.Parts.Count > 1 && required.Contains(string.Concat(s.Parts))).Sum(s => s.Parts.Count - 1);

    private static (string Left, string Right)? MostFrequent(List<(List<string> Parts, long Count)> spellings, HashSet<string> required, bool onlyRequired)
    {
        var counts = new Dictionary<(string Left, string Right), long>();
        foreach (var (parts, count) in spellings)
        {
            if (parts.Count < 2)
            {
                continue;
            }

            var isRequired = required.Contains(string.Concat(parts));
            if (onlyRequired && !isRequired)
            {
                continue;
            }

            for (var k = 0; k + 1 < parts.Count; k++)
            {
                counts[(parts[k], parts[k + 1])] = counts.GetValueOrDefault((parts[k], parts[k + 1])) + count + (isRequired ? 1 : 0);
            }
        }

        return counts.Count == 0
            ? null
            : counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key.Left, StringComparer.Ordinal).ThenBy(c => c.Key.Right, StringComparer.Ordinal).First().Key;
    }

    private static void Join(List<string> parts, (string Left, string Right) pair)
    {
        for (var k = 0; k + 1 < parts.Count; k++)
        {
            if (parts[k] == pair.Left && parts[k + 1] == pair.Right)
            {
                parts[k] = pair.Left + pair.Right;
                parts.RemoveAt(k + 1);
            }
        }
    }
}
