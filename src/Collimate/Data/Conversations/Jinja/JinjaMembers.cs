namespace Collimate.Data.Conversations.Jinja;

/// <summary>Attributes, elements and slices of values.</summary>
internal static class JinjaMembers
{
    internal static object? Attribute(JinjaRun run, object? target, string name)
    {
        switch (target)
        {
            case JinjaMap map:
                return JinjaMethods.OfMap(map, name) ?? (map.TryGet(name, out var value) ? value : new JinjaUndefined(name));
            case TaggedText text:
                return (object?)JinjaMethods.OfText(text, name) ?? new JinjaUndefined(name);
            case JinjaList { IsContent: true } when JinjaMethods.IsOfText(name):
                throw run.WantsText();
            case JinjaList list:
                return (object?)JinjaMethods.OfList(list, name) ?? new JinjaUndefined(name);
            case JinjaNamespace space:
                return space.Values.TryGetValue(name, out var found) ? found : new JinjaUndefined(name);
            case JinjaLoop loop:
                return loop.Get(name, run);
            case JinjaUndefined missing:
                throw run.Fail($"'{missing.Name}' is undefined, so it has no '{name}'");
            default:
                return new JinjaUndefined(name);
        }
    }

    internal static object? Item(JinjaRun run, object? target, object? index)
    {
        switch (target, index)
        {
            case (JinjaUndefined missing, _):
                throw run.Fail($"'{missing.Name}' is undefined, so it has no elements");
            case (JinjaMap map, not (JinjaList or JinjaMap)):
                return map.TryGet(index, out var value) ? value
                    : (index is TaggedText key ? JinjaMethods.OfMap(map, key.Value) : null) ?? (object)new JinjaUndefined(Shown(index));
            case (JinjaList list, bool or long):
                var place = At((long)JinjaOperators.Number(index)!, list.Items.Count);
                return place < 0 ? new JinjaUndefined($"[{index}]") : list.Items[place];
            case (TaggedText text, bool or long):
                var point = At((long)JinjaOperators.Number(index)!, text.Count);
                return point < 0 ? new JinjaUndefined($"[{index}]") : text.CutPoints(point, point + 1);
            case (_, TaggedText name):
                return Attribute(run, target, name.Value);
            default:
                return new JinjaUndefined(Shown(index));
        }
    }

    internal static object? Slice(JinjaRun run, object? target, long? start, long? stop, long? step)
    {
        var by = step ?? 1;
        if (by == 0)
        {
            throw run.Fail("a slice's step cannot be 0");
        }

        var count = target switch
        {
            JinjaList list => list.Items.Count,
            TaggedText text => text.Count,
            JinjaUndefined missing => throw run.Fail($"'{missing.Name}' is undefined, so it has no elements"),
            _ => throw run.Fail($"{JinjaFormat.KindOf(target)} has no slices"),
        };
        long Bound(long? given, long otherwise) => given is not { } at ? otherwise
            : Math.Clamp(at < 0 ? at + count : at, by < 0 ? -1 : 0, by < 0 ? count - 1 : count);
        var (from, to) = (Bound(start, by < 0 ? count - 1 : 0), Bound(stop, by < 0 ? -1 : count));
        if (by == 1 && target is TaggedText whole)
        {
            run.ChargeText(whole.Length);
            return whole.CutPoints((int)from, (int)Math.Max(from, to));
        }

        var places = new List<int>();
        for (var at = from; by > 0 ? at < to : at > to; at = Math.Abs(by) > count ? to : at + by)
        {
            places.Add((int)at);
        }

        run.Charge(1 + places.Count);
        if (target is JinjaList { Items: var items, IsTuple: var isTuple })
        {
            return new JinjaList([.. places.Select(p => items[p])], isTuple);
        }

        var cut = new TaggedBuilder();
        foreach (var place in places)
        {
            cut.Append(((TaggedText)target!).CutPoints(place, place + 1));
        }

        return cut.ToText();
    }

    private static int At(long index, int count) => index >= -count && index < count ? (int)(index < 0 ? index + count : index) : -1;

    private static string Shown(object? index) => index is TaggedText text ? text.Value : $"[{index}]";
}
