using System.Buffers;
using System.Text;

namespace Collimate.Data.Conversations.Jinja;

/// <summary>Cutting, joining and changing text without losing where its characters came from.</summary>
internal static class JinjaText
{
    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\n\r\v\f\u001C\u001D\u001E\u0085\u2028\u2029");

    internal static TaggedText Joined(JinjaRun run, IEnumerable<TaggedText> parts, TaggedText separator)
    {
        var joined = new TaggedBuilder();
        var first = true;
        foreach (var part in parts)
        {
            run.ChargeText((long)part.Length + separator.Length);
            run.CheckLength((long)joined.Length + part.Length + separator.Length);
            if (!first)
            {
                joined.Append(separator);
            }

            joined.Append(part);
            first = false;
        }

        return joined.ToText();
    }

    internal static TaggedText Replaced(JinjaRun run, TaggedText text, TaggedText old, TaggedText replacement, long count)
    {
        var written = new TaggedBuilder();
        var from = 0;
        var at = 0;
        run.ChargeText(text.Length);
        for (var left = count < 0 ? long.MaxValue : count; left > 0; left--)
        {
            at = old.Length == 0 ? at : text.Value.IndexOf(old.Value, from, StringComparison.Ordinal);
            if (at < 0 || at > text.Length)
            {
                break;
            }

            run.ChargeText(replacement.Length);
            written.Append(text.Cut(from, at)).Append(replacement);
            run.CheckLength(written.Length);
            from = at + old.Length;
            if (old.Length == 0)
            {
                if (at == text.Length)
                {
                    return written.ToText();
                }

                at += char.IsSurrogatePair(text.Value, at) ? 2 : 1; // between all characters, as Python does
            }
        }

        run.CheckLength((long)written.Length + text.Length - from);
        return written.Append(text.Cut(from, text.Length)).ToText();
    }

    internal static JinjaList Split(JinjaCall call, TaggedText text, bool fromRight)
    {
        var most = call.Number(1, "maxsplit", -1);
        var separator = call.Get(0, "sep") switch
        {
            null => null,
            TaggedText { Length: > 0 } given => given.Value,
            TaggedText => throw call.Fail("needs a separator of at least one character"),
            var other => throw call.Fail($"takes text, found {JinjaFormat.KindOf(other)}"),
        };
        var cuts = separator is null ? Blanks(text.Value) : Places(text.Value, separator);
        call.Run.Charge(1 + cuts.Count);
        var start = 0;
        var end = text.Length;
        if (separator is null)
        {
            // White space at either end separates nothing.
            var trimmed = text.Trim();
            start = trimmed.Length == 0 ? text.Length : text.Value.Length - text.Trim(right: false).Length;
            end = start + trimmed.Length;
            cuts.RemoveAll(cut => cut.Start < start || cut.End > end);
            if (trimmed.Length == 0)
            {
                return new JinjaList([]);
            }
        }

        if (most >= 0 && cuts.Count > most)
        {
            cuts = fromRight ? cuts[^(int)most..] : cuts[..(int)most];
            (start, end) = separator is null ? (fromRight ? 0 : start, fromRight ? end : text.Length) : (start, end);
        }

        var parts = new List<object?>();
        foreach (var (from, to) in cuts)
        {
            parts.Add(text.Cut(start, from));
            start = to;
        }

        parts.Add(text.Cut(start, end));
        return new JinjaList(parts);
    }

    internal static JinjaList Partition(TaggedText text, TaggedText separator, bool fromRight)
    {
        var at = fromRight ? text.Value.LastIndexOf(separator.Value, StringComparison.Ordinal) : text.Value.IndexOf(separator.Value, StringComparison.Ordinal);
        return new JinjaList(
            at >= 0 ? [text.Cut(0, at), text.Cut(at, at + separator.Length), text.Cut(at + separator.Length, text.Length)]
            : fromRight ? [TaggedText.Empty, TaggedText.Empty, text] : [text, TaggedText.Empty, TaggedText.Empty],
            isTuple: true);
    }

    internal static List<object?> Lines(JinjaRun run, TaggedText text, bool keepEnds = false)
    {
        var lines = new List<object?>();
        var start = 0;
        while (start < text.Length)
        {
            var end = text.Value.AsSpan(start).IndexOfAny(LineEnds) is >= 0 and var offset ? start + offset : text.Length;
            var next = Math.Min(end + (end + 1 < text.Length && text.Value[end] == '\r' && text.Value[end + 1] == '\n' ? 2 : 1), text.Length);
            lines.Add(text.Cut(start, keepEnds ? next : end));
            start = next;
        }

        run.Charge(1 + lines.Count);
        return lines;
    }

    internal static long CountOf(TaggedText text, TaggedText part) => part.Length == 0 ? text.Count + 1L : Places(text.Value, part.Value).Count;

    internal static TaggedText Capitalized(TaggedText text) => text.Map(s => s.Length == 0 ? s : s[..1].ToUpperInvariant() + s[1..].ToLowerInvariant());

    /// <summary>Upper-case beginnings: of runs of letters (Python's method), or of what stands between spaces and brackets (Jinja's filter).</summary>
    internal static string Title(string text, bool words)
    {
        var changed = new StringBuilder(text.Length);
        var begins = true;
        foreach (var c in text)
        {
            changed.Append(begins ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));
            begins = words ? TaggedText.IsSpace(c) || c is '-' or '(' or '{' or '[' or '<' : !char.IsLetter(c);
        }

        return changed.ToString();
    }

    internal static TaggedText Indented(JinjaRun run, TaggedText text, string indent, bool first, bool blank)
    {
        var written = new TaggedBuilder();
        var lines = Lines(run, new TaggedBuilder().Append(text).Append("\n").ToText());
        for (var k = 0; k < lines.Count; k++)
        {
            var line = (TaggedText)lines[k]!;
            written.Append(k > 0 ? "\n" : "").Append((k > 0 && (blank || line.Length > 0)) || (k == 0 && first) ? indent : "").Append(line);
            run.ChargeText((long)line.Length + indent.Length);
            run.CheckLength(written.Length);
        }

        return written.ToText();
    }

    private static List<(int Start, int End)> Places(string text, string part)
    {
        var places = new List<(int, int)>();
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
        {
            places.Add((at, at + part.Length));
        }

        return places;
    }

    private static List<(int Start, int End)> Blanks(string text)
    {
        var places = new List<(int, int)>();
        for (var at = 0; at < text.Length; at++)
        {
            var start = at;
            while (at < text.Length && TaggedText.IsSpace(text[at]))
            {
                at++;
            }

            if (at > start)
            {
                places.Add((start, at));
            }
        }

        return places;
    }
}
