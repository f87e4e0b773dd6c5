using System.Globalization;
using System.Text;

namespace Collimate.Data.Conversations.Jinja;

/// <summary>Values as JSON, as chat templates' <c>tojson</c> writes them: Python's <c>json.dumps</c> without escaping what is no ASCII.</summary>
internal sealed class JinjaJson(JinjaRun run, string? indent, string itemSeparator, string keySeparator, bool sorted, bool ascii)
{
    private readonly TaggedBuilder written = new();

    internal static TaggedText Write(JinjaCall call, object? value)
    {
        var ascii = call.Flag(0, "ensure_ascii", otherwise: false);
        var indent = call.Get(1, "indent") switch
        {
            null => null,
            long width => new string(' ', (int)Math.Clamp(width, 0, 64)),
            TaggedText text => text.Value,
            var other => throw call.Fail($"takes a number or text as 'indent', found {JinjaFormat.KindOf(other)}"),
        };
        // The first argument is an indent where a template gives only one number, as the filter of plain Jinja takes it.
        if (call.Positional.Count == 1 && call.Positional[0] is long only)
        {
            (ascii, indent) = (false, new string(' ', (int)Math.Clamp(only, 0, 64)));
        }

        var (item, key) = (indent is null ? ", " : ",", ": ");
        if (call.Get(2, "separators") is JinjaList { Items: [TaggedText first, TaggedText second] })
        {
            (item, key) = (first.Value, second.Value);
        }

        var json = new JinjaJson(call.Run, indent, item, key, call.Flag(3, "sort_keys", otherwise: false), ascii);
        json.Value(value, 0);
        return json.written.ToText();
    }

    private void Value(object? value, int level)
    {
        run.Enter();
        run.Charge();
        switch (value)
        {
            case null: written.Append("null"); break;
            case bool flag: written.Append(flag ? "true" : "false"); break;
            case long number: written.Append(number.ToString(CultureInfo.InvariantCulture)); break;
            case double number: written.Append(double.IsNaN(number) ? "NaN" : double.IsInfinity(number) ? (number > 0 ? "Infinity" : "-Infinity") : JinjaFormat.Number(number)); break;
            case TaggedText text: Quoted(text); break;
            case JinjaList list:
                All("[", "]", list.Items, level, item => Value(item, level + 1));
                break;
            case JinjaMap map:
                var entries = sorted ? [.. map.Entries.OrderBy(e => Key(e.Key).Value, StringComparer.Ordinal)] : map.Entries;
                All("{", "}", entries, level, entry =>
                {
                    Quoted(Key(entry.Key));
                    written.Append(keySeparator);
                    Value(entry.Value, level + 1);
                });
                break;
            default:
                throw run.Fail($"{JinjaFormat.KindOf(value)} cannot be written as JSON");
        }

        run.Leave();
    }

    private void All<T>(string open, string close, IReadOnlyList<T> items, int level, Action<T> write)
    {
        written.Append(open);
        for (var k = 0; k < items.Count; k++)
        {
            written.Append(k > 0 ? itemSeparator : "");
            Break(level + 1);
            write(items[k]);
            run.CheckLength(written.Length);
        }

        if (items.Count > 0)
        {
            Break(level);
        }

        written.Append(close);
    }

    private void Break(int level)
    {
        if (indent is not null)
        {
            run.ChargeText((long)indent.Length * level);
            written.Append("\n");
            for (var k = 0; k < level; k++)
            {
                written.Append(indent);
            }
        }
    }

    private TaggedText Key(object? key) => key switch
    {
        TaggedText text => text,
        null => TaggedText.Of("null"),
        bool flag => TaggedText.Of(flag ? "true" : "false"),
        long or double => JinjaFormat.Text(run, key),
        _ => throw run.Fail($"{JinjaFormat.KindOf(key)} cannot be a key of JSON"),
    };

    private void Quoted(TaggedText text)
    {
        run.ChargeText(text.Length);
        run.CheckLength((long)written.Length + text.Length);
        written.Append("\"");
        foreach (var (start, end, tag) in text.Runs)
        {
            var escaped = new StringBuilder(end - start);
            foreach (var c in text.Value.AsSpan(start, end - start))
            {
                _ = c switch
                {
                    '"' => escaped.Append("\\\""),
                    '\\' => escaped.Append("\\\\"),
                    '\n' => escaped.Append("\\n"),
                    '\r' => escaped.Append("\\r"),
                    '\t' => escaped.Append("\\t"),
                    '\b' => escaped.Append("\\b"),
                    '\f' => escaped.Append("\\f"),
                    < ' ' => escaped.Append($"\\u{(int)c:x4}"),
                    > '~' when ascii => escaped.Append($"\\u{(int)c:x4}"),
                    _ => escaped.Append(c),
                };
            }

            written.Append(escaped.ToString(), tag);
        }

        written.Append("\"");
    }
}
