using System.Globalization;
using System.Text;

namespace Collimate.Tokenization.Normalization;

/// <summary>SentencePiece's table of replacements, applied to what a reader takes for one character, or to its code points one by one.</summary>
/// <remarks>Hugging Face: <c>Precompiled</c>, whose rule (only clusters under six bytes are looked up whole) is kept as it is.</remarks>
internal sealed class PrecompiledNormalizer : INormalizer
{
    private const int LongestCluster = 5;
    private readonly CharactersMap map;
    private readonly string?[] ascii = new string?[128];
    private readonly System.Collections.Concurrent.ConcurrentDictionary<int, string> single = new();

    internal PrecompiledNormalizer(CharactersMap map)
    {
        this.map = map;
        for (var c = 0; c < 128; c++)
        {
            ascii[c] = map.Find([(byte)c]);
        }
    }

    public NormalizedText Normalize(NormalizedText text)
    {
        var span = text.Span;
        if (IsPlain(span))
        {
            return text;
        }

        var changes = new List<(Rune Character, int Change)>(span.Length);
        var modified = false;
        for (var at = 0; at < span.Length;)
        {
            var length = ClusterLength(span, at);
            modified |= Add(span.Slice(at, length), changes);
            at += length;
        }

        if (!modified)
        {
            return text;
        }

        var edit = new TextEdit(text);
        foreach (var (character, change) in changes)
        {
            edit.Write(character, change);
        }

        return edit.Finish();
    }

    private bool IsPlain(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c >= 128 || c == '\r' || ascii[c] is not null)
            {
                return false;
            }
        }

        return true;
    }

    // Between two ASCII characters, other than in a line end of two, there is always a boundary.
    private static int ClusterLength(ReadOnlySpan<char> text, int at) =>
        text[at] < 128 && (at + 1 == text.Length || (text[at + 1] < 128 && text[at] != '\r')) ? 1 : StringInfo.GetNextTextElementLength(text[at..]);

    private bool Add(ReadOnlySpan<char> cluster, List<(Rune Character, int Change)> changes)
    {
        Span<byte> utf8 = stackalloc byte[LongestCluster];
        if (cluster.Length > 1 && Encoding.UTF8.TryGetBytes(cluster, utf8, out var count) && map.Find(utf8[..count]) is { } whole)
        {
            Replace(changes, Count(cluster), whole);
            return true;
        }

        var modified = false;
        foreach (var rune in cluster.EnumerateRunes())
        {
            if (Single(rune) is { } part)
            {
                Replace(changes, 1, part);
                modified = true;
            }
            else
            {
                changes.Add((rune, 0));
            }
        }

        return modified;
    }

    // A character's own replacement. Unlike null, itself is kept in the table for those that have none.
    private string? Single(Rune rune)
    {
        if (rune.Value < 128)
        {
            return ascii[rune.Value];
        }

        var found = single.GetOrAdd(rune.Value, static (value, map) =>
        {
            Span<byte> utf8 = stackalloc byte[4];
            return map.Find(utf8[..new Rune(value).EncodeToUtf8(utf8)]) ?? "\uD800";
        }, map);
        return found == "\uD800" ? null : found;
    }

    private static int Count(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    // The last characters are the ones that are put in, or the one before which others vanish; also across the borders of clusters.
    private static void Replace(List<(Rune Character, int Change)> changes, int old, string content)
    {
        foreach (var rune in content.EnumerateRunes())
        {
            changes.Add((rune, 0));
        }

        var more = Count(content) - old;
        for (var k = changes.Count - 1; k >= 0 && k >= changes.Count - more; k--)
        {
            changes[k] = (changes[k].Character, 1);
        }

        if (more < 0 && changes.Count > 0)
        {
            changes[^1] = (changes[^1].Character, changes[^1].Change + more);
        }
    }
}
