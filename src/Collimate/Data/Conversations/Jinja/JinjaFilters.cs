using System.Collections.Frozen;
using System.Globalization;

namespace Collimate.Data.Conversations.Jinja;

/// <summary>The filters that chat templates use.</summary>
internal static class JinjaFilters
{
    private static readonly FrozenDictionary<string, Func<JinjaCall, object?, object?>> All = new Dictionary<string, Func<JinjaCall, object?, object?>>
    {
        ["abs"] = (call, value) => JinjaOperators.Number(value) switch { long n => (object)Math.Abs(n == long.MinValue ? throw call.Fail("the number is too large") : n), double d => Math.Abs(d), _ => throw Wrong(call, value, "a number") },
        ["attr"] = (call, value) => JinjaMembers.Attribute(call.Run, value, call.Text(0, "name").Value),
        ["capitalize"] = (call, value) => JinjaText.Capitalized(Text(call, value)),
        ["count"] = Length,
        ["d"] = Default,
        ["default"] = Default,
        ["dictsort"] = DictSort,
        ["first"] = (call, value) => call.Run.Items(value) is { Count: > 0 } items ? items[0] : new JinjaUndefined("the first of nothing"),
        ["float"] = (call, value) => JinjaOperators.Number(value) is { } number ? (object)Convert.ToDouble(number)
            : double.TryParse(Text(call, value).Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) ? parsed : call.Get(0, "default", 0.0),
        ["indent"] = (call, value) => JinjaText.Indented(
            call.Run, Text(call, value), call.Get(0, "width", 4L) is TaggedText width ? width.Value : new string(' ', (int)Math.Clamp(call.Number(0, "width", 4), 0, 1000)),
            call.Flag(1, "first", otherwise: false), call.Flag(2, "blank", otherwise: false)),
        ["int"] = Int,
        ["items"] = (call, value) => value switch
        {
            JinjaUndefined => new JinjaList([]),
            JinjaMap map => JinjaMethods.OfMap(map, "items")!.Run(call),
            _ => throw Wrong(call, value, "a dictionary"),
        },
        ["join"] = (call, value) => JinjaText.Joined(
            call.Run, Chosen(call, call.Run.Items(value), 1).Select(item => JinjaFormat.Text(call.Run, item)), JinjaFormat.Text(call.Run, call.Get(0, "d", TaggedText.Empty))),
        ["last"] = (call, value) => call.Run.Items(value) is { Count: > 0 } items ? items[^1] : new JinjaUndefined("the last of nothing"),
        ["length"] = Length,
        ["list"] = (call, value) => new JinjaList(call.Run.Items(value)),
        ["lower"] = (call, value) => Text(call, value).Map(s => s.ToLowerInvariant()),
        ["map"] = Map,
        ["max"] = (call, value) => Extreme(call, value, 1),
        ["min"] = (call, value) => Extreme(call, value, -1),
        ["reject"] = (call, value) => Select(call, value, attributes: false, keep: false),
        ["rejectattr"] = (call, value) => Select(call, value, attributes: true, keep: false),
        ["replace"] = (call, value) => JinjaText.Replaced(
            call.Run, Text(call, value), JinjaFormat.Text(call.Run, call.Require(0, "old")), JinjaFormat.Text(call.Run, call.Require(1, "new")), call.Number(2, "count", -1)),
        ["reverse"] = (call, value) => value is TaggedText text
            ? JinjaMembers.Slice(call.Run, text, null, null, -1) : new JinjaList([.. call.Run.Items(value).Reverse()]),
        ["round"] = Round,
        ["safe"] = (call, value) => Text(call, value),
        ["select"] = (call, value) => Select(call, value, attributes: false, keep: true),
        ["selectattr"] = (call, value) => Select(call, value, attributes: true, keep: true),
        ["sort"] = Sort,
        ["string"] = (call, value) => Text(call, value),
        ["sum"] = (call, value) => Chosen(call, call.Run.Items(value), 0).Aggregate(call.Get(1, "start", 0L), (sum, item) => JinjaOperators.Arithmetic(call.Run, "+", sum, item)),
        ["title"] = (call, value) => Text(call, value).Map(s => JinjaText.Title(s, words: true)),
        ["tojson"] = JinjaJson.Write,
        ["trim"] = (call, value) => Text(call, value).Trim(characters: call.Get(0, "chars") is TaggedText characters ? characters.Value : null),
        ["unique"] = Unique,
        ["upper"] = (call, value) => Text(call, value).Map(s => s.ToUpperInvariant()),
        ["wordcount"] = (call, value) => (long)Text(call, value).Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    internal static string KnownNames => string.Join(", ", All.Keys.Order(StringComparer.Ordinal));

    internal static bool Knows(string name) => All.ContainsKey(name);

    internal static object? Run(JinjaCall call, string name, object? value) => All.TryGetValue(name, out var filter) ? filter(call, value) : throw call.Fail("is no filter");

    private static TaggedText Text(JinjaCall call, object? value)
    {
        var text = JinjaFormat.Text(call.Run, value);
        call.Run.ChargeText(text.Length);
        return text;
    }

    private static JinjaException Wrong(JinjaCall call, object? value, string expected) => call.Fail($"is for {expected}, found {JinjaFormat.KindOf(value)}");

    private static object? Length(JinjaCall call, object? value) => value switch
    {
        TaggedText text => (long)text.Count,
        JinjaList list => (long)list.Items.Count,
        JinjaMap map => (long)map.Count,
        JinjaUndefined => 0L,
        _ => throw Wrong(call, value, "what has a length"),
    };

    private static object? Default(JinjaCall call, object? value) =>
        value is JinjaUndefined || (call.Flag(1, "boolean", otherwise: false) && !JinjaOperators.IsTrue(value)) ? call.Get(0, "default_value", TaggedText.Empty) : value;

    private static object? Int(JinjaCall call, object? value)
    {
        var otherwise = call.Get(0, "default", 0L);
        switch (JinjaOperators.Number(value))
        {
            case long number:
                return number;
            case double number:
                return double.IsFinite(number) && Math.Abs(number) < 9e18 ? (long)Math.Truncate(number) : otherwise;
        }

        if (value is not TaggedText text)
        {
            return value is JinjaUndefined missing ? throw call.Fail($"is for a value, but '{missing.Name}' is undefined") : otherwise;
        }

        var written = text.Value.Trim();
        return long.TryParse(written, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
            : double.TryParse(written, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && Math.Abs(real) < 9e18 ? (long)Math.Truncate(real) : otherwise;
    }

    private static object? Round(JinjaCall call, object? value)
    {
        var number = JinjaOperators.Number(value) ?? throw Wrong(call, value, "a number");
        var precision = call.Number(0, "precision", 0);
        var scale = Math.Pow(10, precision);
        var scaled = Convert.ToDouble(number) * scale;
        return call.Text(1, "method", "common").Value switch
        {
            "ceil" => Math.Ceiling(scaled) / scale,
            "floor" => Math.Floor(scaled) / scale,
            "common" => precision is >= 0 and <= 15 ? Math.Round(Convert.ToDouble(number), (int)precision, MidpointRounding.ToEven) : Math.Round(scaled) / scale,
            _ => throw call.Fail("rounds by 'common', 'ceil' or 'floor'"),
        };
    }

    private static object? Map(JinjaCall call, object? value)
    {
        var items = call.Run.Items(value);
        if (call.Named.ContainsKey("attribute"))
        {
            var otherwise = call.Get(int.MaxValue, "default");
            return new JinjaList([.. items.Select(item => Path(call, item, call.Named["attribute"]) is var found && found is JinjaUndefined && call.Named.ContainsKey("default") ? otherwise : found)]);
        }

        var filter = call.Text(0, "filter").Value;
        var rest = call.Positional.Skip(1).ToArray();
        call.Run.Enter();
        var mapped = items.Select(item => call.Run.Apply(filter, call.Line, item, rest, call.Named)).ToArray();
        call.Run.Leave();
        return new JinjaList(mapped);
    }

    private static JinjaList Select(JinjaCall call, object? value, bool attributes, bool keep)
    {
        var skip = attributes ? 1 : 0;
        var attribute = attributes ? call.Require(0, "attribute") : null;
        var test = call.Positional.Count > skip ? call.Text(skip, "test").Value : null;
        var rest = call.Positional.Skip(skip + 1).ToArray();
        var kept = new List<object?>();
        foreach (var item in call.Run.Items(value))
        {
            var tested = attributes ? Path(call, item, attribute) : item;
            if ((test is null ? JinjaOperators.IsTrue(tested) : call.Run.Holds(test, call.Line, tested, rest)) == keep)
            {
                kept.Add(item);
            }
        }

        return new JinjaList(kept);
    }

    private static IEnumerable<object?> Chosen(JinjaCall call, IReadOnlyList<object?> items, int place) =>
        call.Get(place, "attribute") is { } attribute ? items.Select(item => Path(call, item, attribute)) : items;

    // An attribute of an attribute: 'function.name'.
    private static object? Path(JinjaCall call, object? item, object? attribute)
    {
        call.Run.Charge();
        if (attribute is not TaggedText path)
        {
            return JinjaMembers.Item(call.Run, item, attribute);
        }

        foreach (var part in path.Value.Split('.'))
        {
            item = JinjaMembers.Item(call.Run, item, long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : TaggedText.Of(part));
        }

        return item;
    }

    private static object? Folded(JinjaCall call, int place, object? value) =>
        value is TaggedText text && !call.Flag(place, "case_sensitive", otherwise: false) ? text.Map(s => s.ToLowerInvariant()) : value;

    private static object? Sort(JinjaCall call, object? value)
    {
        var items = call.Run.Items(value);
        var keys = Chosen(call, items, 2).Select(key => Folded(call, 1, key));
        return Sorted(call, items.Zip(keys), call.Flag(0, "reverse", otherwise: false));
    }

    private static object? DictSort(JinjaCall call, object? value)
    {
        var map = value as JinjaMap ?? throw Wrong(call, value, "a dictionary");
        var byKey = call.Text(1, "by", "key").Value == "key";
        var pairs = map.Entries.Select(e => ((object?)new JinjaList([e.Key, e.Value], isTuple: true), Folded(call, 0, byKey ? e.Key : e.Value)));
        return Sorted(call, pairs, call.Flag(2, "reverse", otherwise: false));
    }

    private static JinjaList Sorted(JinjaCall call, IEnumerable<(object? Item, object? Key)> pairs, bool reverse)
    {
        var order = Comparer<object?>.Create((a, b) => JinjaOperators.Order(call.Run, a, b) ?? 0);
        return new JinjaList([.. (reverse ? pairs.OrderByDescending(p => p.Key, order) : pairs.OrderBy(p => p.Key, order)).Select(p => p.Item)]);
    }

    private static object? Extreme(JinjaCall call, object? value, int sign)
    {
        var items = call.Run.Items(value);
        var keys = Chosen(call, items, 1).Select(key => Folded(call, 0, key)).ToArray();
        var best = 0;
        for (var k = 1; k < keys.Length; k++)
        {
            best = JinjaOperators.Order(call.Run, keys[k], keys[best]) * sign > 0 ? k : best;
        }

        return keys.Length > 0 ? items[best] : new JinjaUndefined("the largest of nothing");
    }

    private static object? Unique(JinjaCall call, object? value)
    {
        var kept = new List<(object? Item, object? Key)>();
        foreach (var item in call.Run.Items(value))
        {
            var key = Folded(call, 0, call.Get(1, "attribute") is { } attribute ? Path(call, item, attribute) : item);
            if (!kept.Exists(k => JinjaOperators.AreEqual(call.Run, k.Key, key)))
            {
                kept.Add((item, key));
            }
        }

        return new JinjaList([.. kept.Select(k => k.Item)]);
    }
}
