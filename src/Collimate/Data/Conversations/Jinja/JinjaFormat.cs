using System.Globalization;
using System.Text;

namespace Collimate.Data.Conversations.Jinja;

/// <summary>Values as text, as Python prints them.</summary>
internal static class JinjaFormat
{
    /// <summary>What kind of value something is, for messages.</summary>
    internal static string KindOf(object? value) => value switch
    {
        null => "none",
        bool => "a truth value",
        long or double => "a number",
        TaggedText => "text",
        JinjaList { IsTuple: true } => "a tuple",
        JinjaList => "a list",
        JinjaMap => "a dictionary",
        JinjaNamespace => "a namespace",
        JinjaLoop => "a loop",
        JinjaUndefined missing => $"nothing ('{missing.Name}' is undefined)",
        _ => "a function",
    };

    internal static TaggedText Text(JinjaRun run, object? value)
    {
        switch (value)
        {
            case TaggedText text:
                return text;
            case JinjaUndefined:
                return TaggedText.Empty;
            case JinjaList { IsContent: true }:
                throw run.WantsText();
            default:
                var written = new TaggedBuilder();
                Write(run, written, value);
                return written.ToText();
        }
    }

    internal static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        var shortest = value.ToString("E16", CultureInfo.InvariantCulture);
        for (var digits = 0; digits < 17; digits++)
        {
            var tried = value.ToString("E" + digits, CultureInfo.InvariantCulture);
            if (double.Parse(tried, CultureInfo.InvariantCulture) == value)
            {
                shortest = tried;
                break;
            }
        }

        var parts = shortest.Split('E');
        var exponent = int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent is < -4 or >= 16)
        {
            return $"{parts[0]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        var places = Math.Max(1, parts[0].TrimStart('-').Replace(".", "", StringComparison.Ordinal).Length - 1 - exponent);
        return value.ToString("F" + places, CultureInfo.InvariantCulture);
    }

    /// <summary>Python's <c>%</c> with <c>%s</c>, <c>%d</c> and <c>%%</c>.</summary>
    internal static TaggedText Percent(JinjaRun run, TaggedText format, object? values)
    {
        var given = values is JinjaList { IsTuple: true } tuple ? tuple.Items : [values];
        var written = new TaggedBuilder();
        var (used, from) = (0, 0);
        for (var at = format.Value.IndexOf('%', StringComparison.Ordinal); at >= 0; at = format.Value.IndexOf('%', from))
        {
            written.Append(format.Cut(from, at));
            from = at + 2;
            switch (at + 1 < format.Length ? format.Value[at + 1] : '\0')
            {
                case '%':
                    written.Append(format.Cut(at, at + 1));
                    break;
                case 's' or 'd' when used < given.Count:
                    var text = Text(run, given[used++]);
                    run.ChargeText(text.Length);
                    run.CheckLength((long)written.Length + text.Length);
                    written.Append(text);
                    break;
                default:
                    throw run.Fail("'%' knows %s, %d and %%, and needs a value for each");
            }
        }

        return written.Append(format.Cut(from, format.Length)).ToText();
    }

    private static void Write(JinjaRun run, TaggedBuilder written, object? value)
    {
        run.Enter();
        run.Charge();
        switch (value)
        {
            case null: written.Append("None"); break;
            case bool flag: written.Append(flag ? "True" : "False"); break;
            case long number: written.Append(number.ToString(CultureInfo.InvariantCulture)); break;
            case double number: written.Append(Number(number)); break;
            case TaggedText text: WriteQuoted(run, written, text); break;
            case JinjaList list:
                var (open, close) = list.IsTuple ? ("(", list.Items.Count == 1 ? ",)" : ")") : ("[", "]");
                WriteAll(run, written.Append(open), list.Items, item => Write(run, written, item));
                written.Append(close);
                break;
            case JinjaMap map:
                WriteAll(run, written.Append("{"), map.Entries, entry =>
                {
                    Write(run, written, entry.Key);
                    Write(run, written.Append(": "), entry.Value);
                });
                written.Append("}");
                break;
            case JinjaUndefined: written.Append("Undefined"); break;
            default: written.Append($"<{KindOf(value)}>"); break;
        }

        run.Leave();
    }

    private static void WriteAll<T>(JinjaRun run, TaggedBuilder written, IReadOnlyList<T> items, Action<T> write)
    {
        for (var k = 0; k < items.Count; k++)
        {
            written.Append(k > 0 ? ", " : "");
            write(items[k]);
            run.CheckLength(written.Length);
        }
    }

    private static void WriteQuoted(JinjaRun run, TaggedBuilder written, TaggedText text)
    {
        run.ChargeText(text.Length);
        run.CheckLength((long)written.Length + text.Length);
        var quote = text.Value.Contains('\'', StringComparison.Ordinal) && !text.Value.Contains('"', StringComparison.Ordinal) ? "\"" : "'";
        written.Append(quote);
        foreach (var (start, end, tag) in text.Runs)
        {
            var escaped = new StringBuilder();
            foreach (var c in text.Value.AsSpan(start, end - start))
            {
                escaped.Append(c switch
                {
                    '\\' => "\\\\",
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    '\'' when quote == "'" => "\\'",
                    < ' ' or '\u007F' => $"\\x{(int)c:x2}",
                    _ => c.ToString(),
                });
            }

            written.Append(escaped.ToString(), tag);
        }

        written.Append(quote);
    }
}
