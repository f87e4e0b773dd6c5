using System.Globalization;
using System.Text;

namespace Collimate.Recipes;

/// <summary>
/// One <c>--set path=value</c>: the path names a place (<c>stages[1].steps</c>, <c>stages.instruct.steps</c> for an item with that
/// <c>name:</c>, <c>groups."vision.*".learning_rate</c> for keys with dots), the value is YAML.
/// </summary>
internal sealed class RecipeOverride
{
    private readonly string text;
    private readonly List<Step> steps;
    private readonly RecipeNode value;

    private RecipeOverride(string text, string path, List<Step> steps, string value)
    {
        this.text = text;
        this.steps = steps;
        Location = new RecipeLocation($"--set {path}", 0, 0);
        this.value = RecipeParser.Parse(value, Location.Source, hasLines: false);
    }

    /// <summary>A key (or an item's name), or the index of a list item.</summary>
    private readonly record struct Step(string Key, int Index)
    {
        public bool IsIndex => Index >= 0;

        public override string ToString() => IsIndex ? $"[{Index}]" : Key;
    }

    private RecipeLocation Location { get; }

    /// <summary>Reads <c>path=value</c>.</summary>
    /// <exception cref="RecipeException">There is no equals sign, or the path is not one.</exception>
    public static RecipeOverride Parse(string text)
    {
        var steps = new List<Step>();
        var at = 0;
        while (true)
        {
            steps.Add(at < text.Length && text[at] == '[' && steps.Count > 0 ? ReadIndex(text, ref at) : ReadKey(text, ref at));
            if (steps.Count > RecipeParser.MaximumDepth)
            {
                throw Malformed(text, $"the path has more than {RecipeParser.MaximumDepth} parts");
            }

            if (at >= text.Length)
            {
                throw Malformed(text, "there is no '='");
            }

            switch (text[at])
            {
                case '=':
                    return new RecipeOverride(text, text[..at].Trim(), steps, text[(at + 1)..]);
                case '.':
                    at++;
                    break;
                case '[':
                    break;
                default:
                    throw Malformed(text, $"'{text[at]}' is unexpected in a path");
            }
        }
    }

    /// <summary>The recipe with this value in its place.</summary>
    /// <exception cref="RecipeException">The path does not fit the recipe.</exception>
    public RecipeMap Apply(RecipeMap root) => (RecipeMap)Replace(root, 0);

    /// <inheritdoc/>
    public override string ToString() => text;

    private RecipeNode Replace(RecipeNode? node, int depth)
    {
        if (depth == steps.Count)
        {
            return value;
        }

        var step = steps[depth];
        return node switch
        {
            RecipeList list => ReplaceItem(list, depth),
            _ when step.IsIndex => throw Error($"{Written(depth)} is {node?.Description ?? "absent"}, not a list, so it has no item {step}."),
            RecipeMap map => ReplaceEntry(map, depth),
            null or RecipeScalar { IsNull: true } => ReplaceEntry(new RecipeMap([], Location), depth),
            // `connector: mlp` is short for `connector: {type: mlp}`.
            _ => ReplaceEntry(new RecipeMap([new RecipeEntry("type", node.Location, node)], node.Location), depth),
        };
    }

    private RecipeMap ReplaceEntry(RecipeMap map, int depth)
    {
        var key = steps[depth].Key;
        var old = map.Find(key);
        return map.With(new RecipeEntry(key, old?.KeyLocation ?? Location, Replace(old?.Value, depth + 1)));
    }

    private RecipeList ReplaceItem(RecipeList list, int depth)
    {
        var step = steps[depth];
        var items = list.Items.ToList();
        var place = step.IsIndex ? step.Index : list.IndexOfName(step.Key);
        if (step.IsIndex && place > items.Count)
        {
            throw Error($"{Written(depth)} has {items.Count} items; the next one to add is [{items.Count}].");
        }

        if (place < 0)
        {
            var names = items.Select(RecipeList.NameOf).OfType<string>().ToArray();
            throw Error(names.Length == 0
                ? $"{Written(depth)} is a list whose items have no names; give a place instead of '{step.Key}', as in {Written(depth).Trim('\'')}[0]."
                : $"{Written(depth)} has no item named '{step.Key}'{Spelling.Suggest(step.Key, names)} It has: {string.Join(", ", names)}.");
        }

        if (place == items.Count)
        {
            items.Add(Replace(null, depth + 1));
        }
        else
        {
            items[place] = Replace(items[place], depth + 1);
        }

        return new RecipeList(items, list.Location);
    }

    private string Written(int depth)
    {
        var path = new StringBuilder();
        foreach (var step in steps.Take(depth))
        {
            path.Append(step.IsIndex || path.Length == 0 ? "" : ".").Append(step);
        }

        return depth == 0 ? "the recipe" : $"'{path}'";
    }

    private static Step ReadKey(string text, ref int at)
    {
        string key;
        if (at < text.Length && text[at] == '"')
        {
            var end = text.IndexOf('"', at + 1);
            if (end < 0)
            {
                throw Malformed(text, "a quote is not closed");
            }

            key = text[(at + 1)..end];
            at = end + 1;
        }
        else
        {
            var start = at;
            while (at < text.Length && text[at] is not ('.' or '[' or '='))
            {
                at++;
            }

            key = text[start..at].Trim();
        }

        return key.Length > 0 ? new Step(key, -1) : throw Malformed(text, "a key is empty");
    }

    private static Step ReadIndex(string text, ref int at)
    {
        var end = text.IndexOf(']', at);
        if (end < 0 || !int.TryParse(text.AsSpan(at + 1, end - at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            throw Malformed(text, "an index is a number in brackets, such as [0]");
        }

        at = end + 1;
        return new Step("", index);
    }

    private RecipeException Error(string message) => new(Location, message);

    private static RecipeException Malformed(string text, string why) =>
        new($"--set {text}", 0, $"{why}; write --set path.to.key=value, for example --set stages[0].steps=200.");
}
