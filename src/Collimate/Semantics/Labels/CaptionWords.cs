using Collimate.Data.Conversations;

namespace Collimate.Semantics.Labels;

/// <summary>Finds words of a list in texts, whole words only and without regard to case; of two that begin together the longer, so that "ice cream" is not also "ice".</summary>
public sealed class CaptionWords
{
    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly int longest;

    /// <param name="words">The list.</param>
    public CaptionWords(WordList words)
    {
        for (var word = 0; word < words.Count; word++)
        {
            var parts = Parts(words[word]);
            longest = Math.Max(longest, parts.Count);
            numbers.TryAdd(string.Join(' ', parts), word);
        }
    }

    /// <summary>The numbers of the words that a text names, each once.</summary>
    public IReadOnlyList<int> In(string text)
    {
        var parts = Parts(text);
        var found = new List<int>();
        for (var at = 0; at < parts.Count;)
        {
            var taken = 1;
            for (var length = Math.Min(longest, parts.Count - at); length > 0; length--)
            {
                if (numbers.TryGetValue(string.Join(' ', parts.GetRange(at, length)), out var word))
                {
                    found.Add(word);
                    taken = length;
                    break;
                }
            }

            at += taken;
        }

        return [.. found.Distinct()];
    }

    /// <summary>The words that a sample's answers name.</summary>
    public IReadOnlyList<int> In(Sample sample) => In(string.Join(" . ", sample.Conversation.Where(turn => turn.Role == "assistant").Select(turn => turn.Text)));

    // Letters and digits, with what joins them within a word; all else parts words, and stops and commas stand between them.
    private static List<string> Parts(string text)
    {
        var parts = new List<string>();
        var start = -1;
        for (var at = 0; at <= text.Length; at++)
        {
            var within = at < text.Length && (char.IsLetterOrDigit(text[at]) || (start >= 0 && text[at] is ('-' or '\'') && at + 1 < text.Length && char.IsLetterOrDigit(text[at + 1])));
            if (within)
            {
                start = start < 0 ? at : start;
                continue;
            }

            if (start >= 0)
            {
                parts.Add(text[start..at].ToLowerInvariant());
                start = -1;
            }

            if (at < text.Length && char.IsPunctuation(text[at]))
            {
                parts.Add(text[at].ToString());
            }
        }

        return parts;
    }
}
