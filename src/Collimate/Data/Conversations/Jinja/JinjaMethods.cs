using System.Collections.Frozen;

namespace Collimate.Data.Conversations.Jinja;

/// <summary>Methods of texts, dictionaries and lists, as Python has them. Methods that change a value are left out, as in the sandbox that runs chat templates.</summary>
internal static class JinjaMethods
{
    private static readonly FrozenDictionary<string, Func<JinjaCall, TaggedText, object?>> Texts = new Dictionary<string, Func<JinjaCall, TaggedText, object?>>
    {
        ["strip"] = (call, text) => text.Trim(characters: Characters(call)),
        ["lstrip"] = (call, text) => text.Trim(right: false, characters: Characters(call)),
        ["rstrip"] = (call, text) => text.Trim(left: false, characters: Characters(call)),
        ["lower"] = (_, text) => text.Map(s => s.ToLowerInvariant()),
        ["upper"] = (_, text) => text.Map(s => s.ToUpperInvariant()),
        ["capitalize"] = (_, text) => JinjaText.Capitalized(text),
        ["title"] = (_, text) => text.Map(s => JinjaText.Title(s, words: false)),
        ["startswith"] = (call, text) => AnyOf(call, part => text.Value.StartsWith(part, StringComparison.Ordinal)),
        ["endswith"] = (call, text) => AnyOf(call, part => text.Value.EndsWith(part, StringComparison.Ordinal)),
        ["removeprefix"] = (call, text) => call.Text(0, "prefix") is var prefix && text.Value.StartsWith(prefix.Value, StringComparison.Ordinal) ? text.Cut(prefix.Length, text.Length) : text,
        ["removesuffix"] = (call, text) => call.Text(0, "suffix") is var suffix && text.Value.EndsWith(suffix.Value, StringComparison.Ordinal) ? text.Cut(0, text.Length - suffix.Length) : text,
        ["split"] = (call, text) => JinjaText.Split(call, text, fromRight: false),
        ["rsplit"] = (call, text) => JinjaText.Split(call, text, fromRight: true),
        ["splitlines"] = (call, text) => new JinjaList(JinjaText.Lines(call.Run, text, call.Flag(0, "keepends", otherwise: false))),
        ["partition"] = (call, text) => JinjaText.Partition(text, call.Text(0, "sep"), fromRight: false),
        ["rpartition"] = (call, text) => JinjaText.Partition(text, call.Text(0, "sep"), fromRight: true),
        ["replace"] = (call, text) => JinjaText.Replaced(call.Run, text, call.Text(0, "old"), call.Text(1, "new"), call.Number(2, "count", -1)),
        ["join"] = (call, text) => JinjaText.Joined(call.Run, call.Run.Items(call.Require(0, "iterable")).Select(item => item as TaggedText ?? throw call.Fail($"joins texts, found {JinjaFormat.KindOf(item)}")), text),
        ["find"] = (call, text) => text.Value.IndexOf(call.Text(0, "sub").Value, StringComparison.Ordinal) is var at && at < 0 ? -1L : text.PointAt(at),
        ["rfind"] = (call, text) => text.Value.LastIndexOf(call.Text(0, "sub").Value, StringComparison.Ordinal) is var at && at < 0 ? -1L : text.PointAt(at),
        ["index"] = (call, text) => text.Value.IndexOf(call.Text(0, "sub").Value, StringComparison.Ordinal) is var at && at < 0 ? throw call.Fail("did not find the text") : (long)text.PointAt(at),
        ["count"] = (call, text) => JinjaText.CountOf(text, call.Text(0, "sub")),
        ["isdigit"] = (_, text) => text.Length > 0 && text.Value.All(char.IsDigit),
        ["isalpha"] = (_, text) => text.Length > 0 && text.Value.All(char.IsLetter),
        ["isalnum"] = (_, text) => text.Length > 0 && text.Value.All(char.IsLetterOrDigit),
        ["isspace"] = (_, text) => text.Length > 0 && text.Value.All(TaggedText.IsSpace),
        ["isupper"] = (_, text) => text.Value.Any(char.IsUpper) && !text.Value.Any(char.IsLower),
        ["islower"] = (_, text) => text.Value.Any(char.IsLower) && !text.Value.Any(char.IsUpper),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    internal static bool IsOfText(string name) => Texts.ContainsKey(name);

    internal static JinjaCallable? OfText(TaggedText text, string name) => Texts.TryGetValue(name, out var method)
        ? new JinjaCallable(name, call =>
        {
            call.Run.ChargeText(text.Length);
            return method(call, text);
        })
        : null;

    internal static JinjaCallable? OfMap(JinjaMap map, string name)
    {
        Func<JinjaCall, object?>? run = name switch
        {
            "items" => _ => new JinjaList([.. map.Entries.Select(e => new JinjaList([e.Key, e.Value], isTuple: true))]),
            "keys" => _ => new JinjaList([.. map.Entries.Select(e => e.Key)]),
            "values" => _ => new JinjaList([.. map.Entries.Select(e => e.Value)]),
            "get" => call => call.Require(0, "key") is not (JinjaList or JinjaMap) and var key && map.TryGet(key, out var value) ? value : call.Get(1, "default"),
            "copy" => _ => map,
            _ => null,
        };
        return run is null ? null : new JinjaCallable(name, call =>
        {
            call.Run.Charge(1 + map.Count);
            return run(call);
        });
    }

    internal static JinjaCallable? OfList(JinjaList list, string name) => name switch
    {
        "index" => new JinjaCallable(name, call =>
        {
            for (var k = 0; k < list.Items.Count; k++)
            {
                if (JinjaOperators.AreEqual(call.Run, list.Items[k], call.Require(0, "value")))
                {
                    return (long)k;
                }
            }

            throw call.Fail("did not find the value in the list");
        }),
        "count" => new JinjaCallable(name, call => (long)list.Items.Count(item => JinjaOperators.AreEqual(call.Run, item, call.Require(0, "value")))),
        "copy" => new JinjaCallable(name, _ => list),
        _ => null,
    };

    private static string? Characters(JinjaCall call) => call.Get(0, "chars") switch
    {
        null => null,
        TaggedText text => text.Value,
        var other => throw call.Fail($"takes text, found {JinjaFormat.KindOf(other)}"),
    };

    private static bool AnyOf(JinjaCall call, Func<string, bool> holds) => call.Require(0, "prefix") switch
    {
        TaggedText text => holds(text.Value),
        JinjaList { IsTuple: true } texts => texts.Items.Any(item => item is TaggedText text && holds(text.Value)),
        var other => throw call.Fail($"takes text or a tuple of texts, found {JinjaFormat.KindOf(other)}"),
    };
}
