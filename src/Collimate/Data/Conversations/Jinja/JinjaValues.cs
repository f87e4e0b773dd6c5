using System.Text.Json;
using Collimate.Tokenization;

namespace Collimate.Data.Conversations.Jinja;

/// <summary>A name that stands for nothing. It prints nothing, is false and empty, and fails where more is asked of it.</summary>
internal sealed class JinjaUndefined(string name)
{
    internal string Name { get; } = name;
}

/// <summary>A list or tuple; it does not change once made.</summary>
internal sealed class JinjaList(IReadOnlyList<object?> items, bool isTuple = false)
{
    internal IReadOnlyList<object?> Items { get; } = items;

    internal bool IsTuple { get; } = isTuple;

    /// <summary>Whether it is the content of a message, which templates that know no parts would print as a list.</summary>
    internal bool IsContent { get; init; }
}

/// <summary>A dictionary in the order of its making.</summary>
internal sealed class JinjaMap
{
    private readonly Dictionary<object, int> places = new();
    private readonly List<(object? Key, object? Value)> entries = [];

    /// <summary>The number of the message it is; -1 where it is none.</summary>
    internal int Message { get; init; } = -1;

    internal int Count => entries.Count;

    internal IReadOnlyList<(object? Key, object? Value)> Entries => entries;

    internal object? this[string key]
    {
        set => Put(TaggedText.Of(key), value);
    }

    internal void Put(object? key, object? value)
    {
        var hashed = Hashed(key) ?? throw new ArgumentException("lists and dictionaries cannot be keys", nameof(key));
        if (places.TryGetValue(hashed, out var place))
        {
            entries[place] = (entries[place].Key, value);
            return;
        }

        places[hashed] = entries.Count;
        entries.Add((key, value));
    }

    internal bool TryGet(object? key, out object? value)
    {
        if (Hashed(key) is { } hashed && places.TryGetValue(hashed, out var place))
        {
            value = entries[place].Value;
            return true;
        }

        value = null;
        return false;
    }

    internal bool TryGet(string key, out object? value)
    {
        value = places.TryGetValue(key, out var place) ? entries[place].Value : null;
        return value is not null || places.ContainsKey(key);
    }

    // Equal keys are one key, as in Python: 1, 1.0 and true.
    private static object? Hashed(object? key) => key switch
    {
        null => DBNull.Value,
        TaggedText text => text.Value,
        bool flag => flag ? 1.0 : 0.0,
        long number => (double)number,
        double number => number,
        JinjaList or JinjaMap => null,
        _ => key,
    };
}

/// <summary>What <c>namespace()</c> makes: the one thing that templates can change.</summary>
internal sealed class JinjaNamespace
{
    internal Dictionary<string, object?> Values { get; } = new(StringComparer.Ordinal);
}

/// <summary>Something that can be called: a macro, a function, or a method with its object.</summary>
internal sealed class JinjaCallable(string name, Func<JinjaCall, object?> run)
{
    internal string Name { get; } = name;

    internal Func<JinjaCall, object?> Run { get; } = run;
}

/// <summary>What a loop's body knows of the loop.</summary>
internal sealed class JinjaLoop(IReadOnlyList<object?> items, int depth)
{
    private object? lastSeen = new();

    internal int Index { get; set; }

    internal object? Get(string name, JinjaRun run) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "revindex" => (long)(items.Count - Index),
        "revindex0" => items.Count - Index - 1L,
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "depth" => depth + 1L,
        "depth0" => (long)depth,
        "previtem" => Index > 0 ? items[Index - 1] : new JinjaUndefined("there is no previous item"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new JinjaUndefined("there is no next item"),
        "cycle" => new JinjaCallable("loop.cycle", call => call.Positional.Count > 0 ? call.Positional[Index % call.Positional.Count] : throw call.Fail("needs something to cycle through")),
        "changed" => new JinjaCallable("loop.changed", call =>
        {
            var value = new JinjaList(call.Positional);
            var changed = !JinjaOperators.AreEqual(run, lastSeen, value);
            lastSeen = value;
            return changed;
        }),
        _ => new JinjaUndefined($"loop.{name}"),
    };
}

/// <summary>Makes values from what is handed to a template.</summary>
internal static class JinjaValue
{
    /// <summary>A value from JSON; its texts are somebody's words.</summary>
    internal static object? From(JsonElement json, TextTag tag) => json.ValueKind switch
    {
        JsonValueKind.String => new TaggedText(JsonSection.Text(json) ?? "\uFFFD", tag),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => json.TryGetInt64(out var whole) ? (object)whole : json.GetDouble(),
        JsonValueKind.Array => new JinjaList([.. json.EnumerateArray().Select(item => From(item, tag))]),
        JsonValueKind.Object => Map(json, tag),
        _ => null,
    };

    private static JinjaMap Map(JsonElement json, TextTag tag)
    {
        var map = new JinjaMap();
        foreach (var property in json.EnumerateObject())
        {
            map.Put(new TaggedText(property.Name, tag), From(property.Value, tag));
        }

        return map;
    }
}
