using System.Text.RegularExpressions;

namespace Collimate.Alignment.Reasoning;

/// <summary>The words that questions are made of: those that occur often enough, and one for all others.</summary>
/// <remarks>SMART-101 cuts by NLTK's <c>word_tokenize</c> and keeps words that occur three times; here words and marks are cut by character class.</remarks>
public sealed partial class WordList
{
    /// <summary>The id of padding.</summary>
    public const int Padding = 0;

    private const int Unknown = 1;
    private const int FirstWord = 2;

    private readonly string[] words;
    private readonly Dictionary<string, int> ids;

    private WordList(IEnumerable<string> words)
    {
        this.words = [.. words];
        ids = this.words.Index().ToDictionary(entry => entry.Item, entry => entry.Index + FirstWord, StringComparer.Ordinal);
    }

    /// <summary>How many ids there are.</summary>
    public int Count => words.Length + FirstWord;

    /// <summary>The words of texts, those alike in number in alphabetical order.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="least">How often a word has to occur.</param>
    public static WordList Of(IEnumerable<string> texts, int least) => new(texts.SelectMany(Cut).CountBy(word => word)
        .Where(word => word.Value >= least).OrderByDescending(word => word.Value).ThenBy(word => word.Key, StringComparer.Ordinal).Select(word => word.Key));

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    public static WordList Parse(string text) => new(text.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The words, one a line.</summary>
    public string ToText() => string.Concat(words.Select(word => word + "\n"));

    /// <summary>The word of an id; empty for padding and for all unknown words.</summary>
    public string WordOf(int id) => id < FirstWord ? "" : words[id - FirstWord];

    /// <summary>The ids of a text; one unknown word where it has none at all.</summary>
    public int[] Encode(string text)
    {
        int[] found = [.. Cut(text).Select(word => ids.GetValueOrDefault(word, Unknown))];
        return found.Length > 0 ? found : [Unknown];
    }

    private static IEnumerable<string> Cut(string text) => Words().Matches(text.ToLowerInvariant()).Select(match => match.Value);

    [GeneratedRegex(@"\p{L}+|\p{N}+|[^\p{L}\p{N}\s]")]
    private static partial Regex Words();
}
