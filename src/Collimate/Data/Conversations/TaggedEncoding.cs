using System.Runtime.CompilerServices;
using Collimate.Data.Conversations.Jinja;
using Collimate.Tokenization;

namespace Collimate.Data.Conversations;

/// <summary>Tokenizes text that knows where it came from: added tokens are recognised where the template wrote them, and never where somebody typed them.</summary>
internal static class TaggedEncoding
{
    private static readonly ConditionalWeakTable<ITokenizer, AddedTokenFinder> Finders = [];

    /// <summary>The tokens of a text.</summary>
    /// <remarks>
    /// The whole text is tokenized once, as the tokenizer does by itself. Only where that finds an added token in somebody's words is it done again, cut at the
    /// template's own added tokens and blind to all others.
    /// </remarks>
    internal static EncodedToken[] Encode(TaggedText text, ITokenizer tokenizer)
    {
        var added = tokenizer.AddedTokens.DistinctBy(t => t.Id).ToDictionary(t => t.Id);
        var whole = tokenizer.EncodeWithOffsets(text.Value);
        return whole.All(token => !added.TryGetValue(token.Id, out var known) || IsWritten(text, token, known.Content)) ? whole : Segmented(text, tokenizer);
    }

    /// <summary>Whether characters are the template's own, or mark pictures.</summary>
    internal static bool IsWritten(TaggedText text, int start, int end)
    {
        for (var k = start; k < end; k++)
        {
            if (text.TagAt(k).Origin == TextOrigin.Data)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The added tokens that the template wrote, in order.</summary>
    internal static List<(AddedToken Token, int Start, int End)> WrittenTokens(TaggedText text, ITokenizer tokenizer)
    {
        var finder = Finders.GetValue(tokenizer, known => new AddedTokenFinder(known.AddedTokens.Select(t => t with { StripsLeft = false, StripsRight = false })));
        var found = new List<(AddedToken, int, int)>();
        foreach (var (start, end) in WrittenStretches(text))
        {
            var at = start;
            while (!finder.IsEmpty && finder.TryFind(text.Value.AsSpan(0, end), at, out var token, out var from, out var to))
            {
                found.Add((token!, from, to));
                at = to;
            }
        }

        return found;
    }

    private static bool IsWritten(TaggedText text, EncodedToken token, string content)
    {
        // A token that takes white space beside it spans that too.
        var at = text.Value.IndexOf(content, token.Start, Math.Max(token.End - token.Start, 0), StringComparison.Ordinal);
        return at >= 0 ? IsWritten(text, at, at + content.Length) : IsWritten(text, token.Start, token.End);
    }

    private static IEnumerable<(int Start, int End)> WrittenStretches(TaggedText text)
    {
        var (start, last) = (-1, 0);
        foreach (var (from, to, tag) in text.Runs)
        {
            if (tag.Origin != TextOrigin.Data)
            {
                start = start < 0 ? from : start;
                last = to;
            }
            else if (start >= 0)
            {
                yield return (start, last);
                start = -1;
            }
        }

        if (start >= 0)
        {
            yield return (start, last);
        }
    }

    private static EncodedToken[] Segmented(TaggedText text, ITokenizer tokenizer)
    {
        var tokens = new List<EncodedToken>();
        var at = 0;
        foreach (var (token, start, end) in WrittenTokens(text, tokenizer))
        {
            Ordinary(at, start);
            tokens.Add(new EncodedToken(token.Id, start, end));
            at = end;
        }

        Ordinary(at, text.Length);
        return [.. tokens];

        void Ordinary(int from, int to)
        {
            if (to > from)
            {
                tokens.AddRange(tokenizer.EncodeWithOffsets(text.Value[from..to], recogniseAdded: false).Select(t => new EncodedToken(t.Id, t.Start + from, t.End + from)));
            }
        }
    }
}
