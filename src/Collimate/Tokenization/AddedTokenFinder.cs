using System.Buffers;
using System.Text;
using Collimate.Tokenization.PreTokenization;

namespace Collimate.Tokenization;

/// <summary>Finds added tokens in text: the leftmost, and the longest of those that begin there.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<char, (string Content, AddedToken Token)[]> byFirst;
    private readonly SearchValues<char> firsts;

    internal AddedTokenFinder(IEnumerable<AddedToken> tokens)
        : this(tokens.Select(t => (t.Content, t)))
    {
    }

    /// <summary>Makes a finder of tokens that are written otherwise than they are named.</summary>
    internal AddedTokenFinder(IEnumerable<(string Content, AddedToken Token)> tokens)
    {
        byFirst = tokens.Where(t => t.Content.Length > 0).GroupBy(t => t.Content[0])
            .ToDictionary(g => g.Key, g => g.DistinctBy(t => t.Content).OrderByDescending(t => t.Content.Length).ToArray());
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
        for (var at = from; text[at..].IndexOfAny(firsts) is >= 0 and var offset;)
        {
            at += offset;
            if (!Longest(text[at..], out var candidate, out var length))
            {
                at++;
                continue;
            }

            if (candidate.IsSingleWord && (EndsInWord(text[..at]) || BeginsWithWord(text[(at + length)..])))
            {
                at += length;
                continue;
            }

            (token, start, end) = (candidate, at, at + length);
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

        (token, start, end) = (null, 0, 0);
        return false;
    }

    private static bool EndsInWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && WordPreTokenizer.IsWord(rune);

    private static bool BeginsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && WordPreTokenizer.IsWord(rune);

    private bool Longest(ReadOnlySpan<char> text, out AddedToken token, out int length)
    {
        foreach (var (content, candidate) in byFirst[text[0]])
        {
            if (text.StartsWith(content, StringComparison.Ordinal))
            {
                (token, length) = (candidate, content.Length);
                return true;
            }
        }

        (token, length) = (null!, 0);
        return false;
    }
}
