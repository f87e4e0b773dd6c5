using System.Collections.Frozen;

namespace Collimate.Data.Conversations.Jinja;

/// <summary>The tests that stand after <c>is</c>.</summary>
internal static class JinjaTests
{
    private static readonly FrozenDictionary<string, Func<JinjaCall, object?, bool>> All = new Dictionary<string, Func<JinjaCall, object?, bool>>
    {
        ["defined"] = (_, value) => value is not JinjaUndefined,
        ["undefined"] = (_, value) => value is JinjaUndefined,
        ["none"] = (_, value) => value is null,
        ["boolean"] = (_, value) => value is bool,
        ["true"] = (_, value) => value is true,
        ["false"] = (_, value) => value is false,
        ["integer"] = (_, value) => value is long,
        ["float"] = (_, value) => value is double,
        ["number"] = (_, value) => value is long or double or bool,
        ["string"] = (_, value) => value is TaggedText,
        ["mapping"] = (_, value) => value is JinjaMap,
        ["iterable"] = (_, value) => value is TaggedText or JinjaList or JinjaMap or JinjaUndefined,
        ["sequence"] = (_, value) => value is TaggedText or JinjaList or JinjaMap,
        ["callable"] = (_, value) => value is JinjaCallable,
        ["sameas"] = (call, value) => ReferenceEquals(value, call.Require(0, "other")) || (value is bool or long && Equals(value, call.Get(0, "other"))),
        ["lower"] = (call, value) => JinjaFormat.Text(call.Run, value).Value is var text && text.Any(char.IsLower) && !text.Any(char.IsUpper),
        ["upper"] = (call, value) => JinjaFormat.Text(call.Run, value).Value is var text && text.Any(char.IsUpper) && !text.Any(char.IsLower),
        ["even"] = (call, value) => Remainder(call, value, 2) == 0,
        ["odd"] = (call, value) => Remainder(call, value, 2) != 0,
        ["divisibleby"] = (call, value) => Remainder(call, value, call.Number(0, "num", 0)) == 0,
        ["in"] = (call, value) => JinjaOperators.Contains(call.Run, call.Require(0, "seq"), value),
        ["filter"] = (_, value) => value is TaggedText name && JinjaFilters.Knows(name.Value),
        ["test"] = (_, value) => value is TaggedText name && Knows(name.Value),
        ["equalto"] = Comparing("=="),
        ["eq"] = Comparing("=="),
        ["=="] = Comparing("=="),
        ["ne"] = Comparing("!="),
        ["!="] = Comparing("!="),
        ["lt"] = Comparing("<"),
        ["lessthan"] = Comparing("<"),
        ["<"] = Comparing("<"),
        ["le"] = Comparing("<="),
        ["<="] = Comparing("<="),
        ["gt"] = Comparing(">"),
        ["greaterthan"] = Comparing(">"),
        [">"] = Comparing(">"),
        ["ge"] = Comparing(">="),
        [">="] = Comparing(">="),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    internal static string KnownNames => string.Join(", ", All.Keys.Order(StringComparer.Ordinal));

    internal static bool Knows(string name) => All!.ContainsKey(name);

    internal static bool Run(JinjaCall call, string name, object? value)
    {
        call.Run.Charge();
        return All.TryGetValue(name, out var test) ? test(call, value) : throw call.Fail($"is no test; known: {KnownNames}");
    }

    private static Func<JinjaCall, object?, bool> Comparing(string sign) => (call, value) => JinjaOperators.Compare(call.Run, sign, value, call.Require(0, "other"));

    private static long Remainder(JinjaCall call, object? value, long divisor) => JinjaOperators.Number(value) switch
    {
        long number => divisor is 0 or -1 ? divisor == 0 ? throw call.Fail("divides by zero") : 0 : number % divisor,
        _ => throw call.Fail($"is for a whole number, found {JinjaFormat.KindOf(value)}"),
    };
}
