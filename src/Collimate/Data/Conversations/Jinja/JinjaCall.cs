namespace Collimate.Data.Conversations.Jinja;

/// <summary>One call of a filter, test, method or function: what was handed over, and how to complain.</summary>
internal sealed class JinjaCall(JinjaRun run, int line, string name, IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> named)
{
    private int used;

    internal JinjaRun Run { get; } = run;

    internal int Line { get; } = line;

    internal IReadOnlyList<object?> Positional { get; } = positional;

    internal IReadOnlyDictionary<string, object?> Named { get; } = named;

    /// <summary>Whether an argument was handed over.</summary>
    internal bool Has(int place, string parameter) => place < Positional.Count || Named.ContainsKey(parameter);

    /// <summary>An argument by place or name.</summary>
    internal object? Get(int place, string parameter, object? otherwise = null)
    {
        if (place < Positional.Count)
        {
            used = Math.Max(used, place + 1);
            return Positional[place];
        }

        return Named.TryGetValue(parameter, out var value) ? value : otherwise;
    }

    internal object? Require(int place, string parameter) => Has(place, parameter) ? Get(place, parameter) : throw Fail($"needs '{parameter}'");

    internal TaggedText Text(int place, string parameter, string? otherwise = null)
    {
        var value = otherwise is null ? Require(place, parameter) : Get(place, parameter, TaggedText.Of(otherwise));
        return value as TaggedText ?? throw Fail($"takes text as '{parameter}', found {JinjaFormat.KindOf(value)}");
    }

    internal long Number(int place, string parameter, long otherwise) => Get(place, parameter, otherwise) switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        var value => throw Fail($"takes a whole number as '{parameter}', found {JinjaFormat.KindOf(value)}"),
    };

    internal bool Flag(int place, string parameter, bool otherwise) => Has(place, parameter) ? JinjaOperators.IsTrue(Get(place, parameter)) : otherwise;

    internal JinjaException Fail(string message) => Run.Fail(Line, $"'{name}' {message}");
}
