using System.Buffers;

namespace Collimate.Tokenization;

/// <summary>Finds added tokens in text: the leftmost, and the longest of those that begin there.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<char, AddedToken[]> byFirst;
    private readonly SearchValues<char> firsts;

    internal AddedTokenFinder(IEnumerable<AddedToken> tokens)
    {
        byFirst = tokens.GroupBy(t => t.Content[0]).ToDictionary(g => g.Key, g => g.OrderByDescending(t => t.Content.Length).ToArray());
        firsts = SearchValues.Create([.. byFirst.Keys]);
    }

    internal bool IsEmpty => byFirst.Count == 0;

    /// <summary>The next added token.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where to begin looking.</param>
    /// <param name="token">What was found.</param>
    /// <param name="start">Where it begins, white space that it strips included.</param>
    /// <param name="end">One past its end, white space that it strips included.</param>
    internal bool TryFind(ReadOnlySpan<char> text, int from, out AddedToken? token, out int start, out int end)
    {
        for (var at = from; text[at..].IndexOfAny(firsts) is >= 0 and var offset; at++)
        {
            at += offset;
            foreach (var candidate in byFirst[text[at]])
            {
                if (text[at..].StartsWith(candidate.Content, StringComparison.Ordinal))
                {
                    (token, start, end) = (candidate, at, at + candidate.Content.Length);
                    while (candidate.StripsLeft && start > from && char.IsWhiteSpace(text[start - 1]))
                    {
                        start--;
                    }

                    while (candidate.StripsRight && end < text.Length && char.IsWhiteSpace(text[end]))
                    {
                        end++;
                    }

                    return true;
                }
            }
        }

        (token, start, end) = (null, 0, 0);
        return false;
    }
}
