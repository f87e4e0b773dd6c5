using System.Globalization;
using System.Text;

namespace Collimate.Data.Conversations.Jinja;

/// <summary>The functions every chat template can call.</summary>
internal static class JinjaFunctions
{
    // As the sandbox that runs chat templates elsewhere.
    private const int LongestRange = 100_000;

    internal static IReadOnlyDictionary<string, Func<JinjaCall, object?>> All { get; } = new Dictionary<string, Func<JinjaCall, object?>>
    {
        ["range"] = Range,
        ["dict"] = call => Filled(call, new JinjaMap()),
        ["namespace"] = call =>
        {
            var space = new JinjaNamespace();
            foreach (var (key, value) in Filled(call, new JinjaMap()).Entries)
            {
                space.Values[JinjaFormat.Text(call.Run, key).Value] = value;
            }

            return space;
        },
        ["raise_exception"] = call => throw call.Run.Refusal(call.Line, JinjaFormat.Text(call.Run, call.Require(0, "message")).Value),
        ["strftime_now"] = call => TaggedText.Of(Formatted(call, call.Text(0, "format").Value)),
    };

    private static JinjaMap Filled(JinjaCall call, JinjaMap map)
    {
        if (call.Positional.Count > 0)
        {
            foreach (var (key, value) in (call.Positional[0] as JinjaMap ?? throw call.Fail($"takes a dictionary, found {JinjaFormat.KindOf(call.Positional[0])}")).Entries)
            {
                map.Put(key, value);
            }
        }

        foreach (var (key, value) in call.Named)
        {
            map[key] = value;
        }

        return map;
    }

    private static JinjaList Range(JinjaCall call)
    {
        var first = call.Number(0, "start", 0);
        var (start, stop) = call.Positional.Count < 2 ? (0, first) : (first, call.Number(1, "stop", 0));
        var step = call.Number(2, "step", 1);
        if (step == 0)
        {
            throw call.Fail("needs a step other than 0");
        }

        var count = Math.Max(0, Math.Ceiling(((double)stop - start) / step));
        if (count > LongestRange)
        {
            throw call.Fail($"would have {count} numbers; at most {LongestRange} are made");
        }

        call.Run.Charge(1 + (long)count);
        return new JinjaList([.. Enumerable.Range(0, (int)count).Select(k => (object?)(start + (k * step)))]);
    }

    private static string Formatted(JinjaCall call, string format)
    {
        var now = call.Run.Now;
        var written = new StringBuilder();
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                written.Append(format[at]);
                continue;
            }

            var bare = format[at + 1] == '-' && at + 2 < format.Length;
            at += bare ? 2 : 1;
            var text = format[at] switch
            {
                'd' => now.ToString("dd", CultureInfo.InvariantCulture),
                'm' => now.ToString("MM", CultureInfo.InvariantCulture),
                'Y' => now.ToString("yyyy", CultureInfo.InvariantCulture),
                'y' => now.ToString("yy", CultureInfo.InvariantCulture),
                'b' or 'h' => now.ToString("MMM", CultureInfo.InvariantCulture),
                'B' => now.ToString("MMMM", CultureInfo.InvariantCulture),
                'a' => now.ToString("ddd", CultureInfo.InvariantCulture),
                'A' => now.ToString("dddd", CultureInfo.InvariantCulture),
                'H' => now.ToString("HH", CultureInfo.InvariantCulture),
                'I' => now.ToString("hh", CultureInfo.InvariantCulture),
                'M' => now.ToString("mm", CultureInfo.InvariantCulture),
                'S' => now.ToString("ss", CultureInfo.InvariantCulture),
                'p' => now.Hour < 12 ? "AM" : "PM",
                'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
                'F' => now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                'T' => now.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
                '%' => "%",
                _ => throw call.Fail($"does not know '%{format[at]}'"),
            };
            written.Append(bare && text.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : text);
        }

        return written.ToString();
    }
}
