using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Collimate.Recipes;

/// <summary>
/// Turns YAML text into nodes that know their file and line. Stricter than YAML: one document, keys are plain words, no key twice,
/// no custom tags, and bounds on depth and size so that a hostile file costs nothing.
/// </summary>
internal sealed class RecipeParser
{
    /// <summary>The longest text that is read.</summary>
    public const int MaximumCharacters = 1 << 20;

    /// <summary>The deepest nesting that is read.</summary>
    public const int MaximumDepth = 64;

    /// <summary>The most nodes a recipe may have with its aliases written out.</summary>
    public const long MaximumNodes = 100_000;

    private readonly Parser events;
    private readonly string source;
    private readonly bool hasLines;
    private readonly Dictionary<string, RecipeNode> anchors = new(StringComparer.Ordinal);
    private long nodes;

    private RecipeParser(string text, string source, bool hasLines)
    {
        events = new Parser(new StringReader(text));
        this.source = source;
        this.hasLines = hasLines;
    }

    /// <summary>Parses one YAML document.</summary>
    /// <param name="text">The YAML text.</param>
    /// <param name="source">What errors call it: a file's path or an override.</param>
    /// <param name="hasLines">Whether line numbers mean anything to the reader of an error.</param>
    /// <returns>The document's root; an empty scalar for empty text.</returns>
    /// <exception cref="RecipeException">The text is not YAML as recipes use it.</exception>
    public static RecipeNode Parse(string text, string source, bool hasLines = true)
    {
        if (text.Length > MaximumCharacters)
        {
            throw new RecipeException(source, 0, $"is {text.Length:N0} characters long; a recipe has at most {MaximumCharacters:N0}.");
        }

        var parser = new RecipeParser(text, source, hasLines);
        try
        {
            return parser.ReadDocument();
        }
        catch (YamlException failure)
        {
            throw parser.NotYaml(failure, text, (int)failure.Start.Line, (int)failure.End.Line, failure.Message);
        }
        catch (Exception failure) when (failure is not RecipeException)
        {
            // The scanner gives up with an InvalidOperationException where a flow list or map is left open before a multi-line key,
            // and with other kinds on malformed tags and directives; to whoever wrote the file it is all the same.
            var line = (int)(parser.events.Current?.End.Line ?? 1);
            throw parser.NotYaml(failure, text, line, line, failure is InvalidOperationException
                ? "a bracket, a brace or a quote seems to be left open here."
                : $"something after this line is malformed ({failure.Message})");
        }
    }

    private RecipeException NotYaml(Exception failure, string text, int first, int last, string why)
    {
        var rows = text.Split('\n');
        for (var line = first; line <= Math.Min(last + 1, rows.Length); line++)
        {
            // YAML's own complaint about a tab names the line before it, and not the tab.
            var row = rows[Math.Max(line, 1) - 1];
            if (row[..(row.Length - row.TrimStart().Length)].Contains('\t'))
            {
                (first, why) = (line, "the line is indented with a tab; use spaces.");
                break;
            }
        }

        return new RecipeException(source, hasLines ? first : 0, $"is not valid YAML: {why}", failure);
    }

    private RecipeNode ReadDocument()
    {
        events.Consume<StreamStart>();
        if (events.TryConsume<StreamEnd>(out _))
        {
            return new RecipeScalar("", isQuoted: false, new RecipeLocation(source, hasLines ? 1 : 0, 0));
        }

        events.Consume<DocumentStart>();
        var root = ReadNode(depth: 1);
        events.Consume<DocumentEnd>();
        return events.TryConsume<StreamEnd>(out _)
            ? root
            : throw Error(events.Current!, "a second YAML document begins here; a recipe is one document, so remove the '---' line.");
    }

    private RecipeNode ReadNode(int depth)
    {
        var current = events.Consume<ParsingEvent>();
        if (current is AnchorAlias alias)
        {
            return Count(current, Resolve(alias), depth);
        }

        Count(current, null, depth);
        RecipeNode node = current switch
        {
            Scalar scalar => new RecipeScalar(scalar.Value, IsText(scalar), Locate(scalar)),
            SequenceStart start => ReadList(start, depth),
            MappingStart start => ReadMap(start, depth),
            _ => throw Error(current, $"a value was expected, found {current.GetType().Name}."),
        };
        if (current is NodeEvent { Anchor.IsEmpty: false } named)
        {
            anchors[named.Anchor.Value] = node;
        }

        return node;
    }

    private RecipeNode Resolve(AnchorAlias alias) =>
        anchors.TryGetValue(alias.Value.Value, out var node)
            ? node
            : throw Error(alias, $"the alias '*{alias.Value.Value}' names no anchor before it{Spelling.Suggest(alias.Value.Value, anchors.Keys)}");

    // A node that is being read counts 1; an alias counts what it unfolds to.
    private RecipeNode Count(ParsingEvent current, RecipeNode? unfolded, int depth)
    {
        nodes += unfolded?.Weight ?? 1;
        if (depth + (unfolded?.Height ?? 1) - 1 > MaximumDepth)
        {
            throw Error(current, $"is nested deeper than {MaximumDepth} levels.");
        }

        return nodes <= MaximumNodes
            ? unfolded!
            : throw Error(current, $"holds more than {MaximumNodes:N0} values with its aliases written out.");
    }

    private RecipeList ReadList(SequenceStart start, int depth)
    {
        RefuseTag(start, start.Tag);
        var items = new List<RecipeNode>();
        while (!events.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(depth + 1));
        }

        return new RecipeList(items, Locate(start));
    }

    private RecipeMap ReadMap(MappingStart start, int depth)
    {
        RefuseTag(start, start.Tag);
        var entries = new List<RecipeEntry>();
        var seen = new Dictionary<string, RecipeLocation>(StringComparer.Ordinal);
        var inherited = new List<RecipeMap>();
        while (!events.TryConsume<MappingEnd>(out _))
        {
            if (!events.TryConsume<Scalar>(out var key))
            {
                throw Error(events.Current!, "a key must be a plain word, not a list, a map or an alias.");
            }

            var location = Locate(key);
            if (!seen.TryAdd(key.Value, location))
            {
                var first = seen[key.Value];
                throw new RecipeException(location, $"the key '{key.Value}' is given twice{(first.Line > 0 ? $", first on line {first.Line}" : "")}; keep one.");
            }

            var value = ReadNode(depth + 1);
            if (key is { Value: "<<", Style: ScalarStyle.Plain })
            {
                inherited.AddRange(MergedMaps(value));
            }
            else
            {
                entries.Add(new RecipeEntry(key.Value, location, value));
            }
        }

        // YAML's merge key: what the map says itself wins, then the earlier of the merged maps.
        foreach (var entry in inherited.SelectMany(map => map.Entries))
        {
            if (seen.TryAdd(entry.Key, entry.KeyLocation))
            {
                entries.Add(entry);
            }
        }

        return new RecipeMap(entries, Locate(start));
    }

    private static IEnumerable<RecipeMap> MergedMaps(RecipeNode value) => value switch
    {
        RecipeMap map => [map],
        RecipeList list when list.Items.All(item => item is RecipeMap) => list.Items.Cast<RecipeMap>(),
        _ => throw value.Error($"the merge key '<<' takes an alias of a map or a list of them, found {value.Description}."),
    };

    private bool IsText(Scalar scalar)
    {
        var tag = scalar.Tag;
        if (tag is { IsEmpty: false, IsNonSpecific: false } && tag.Value != "tag:yaml.org,2002:str")
        {
            RefuseTag(scalar, tag);
        }

        return scalar.Style != ScalarStyle.Plain || !tag.IsEmpty;
    }

    private void RefuseTag(ParsingEvent node, TagName tag)
    {
        if (tag is { IsEmpty: false, IsNonSpecific: false })
        {
            throw Error(node, $"carries the YAML tag '{tag.Value}'; recipes take no tags, so remove it.");
        }
    }

    private RecipeLocation Locate(ParsingEvent node) =>
        hasLines ? new RecipeLocation(source, (int)node.Start.Line, (int)node.Start.Column) : new RecipeLocation(source, 0, 0);

    private RecipeException Error(ParsingEvent node, string message) => new(Locate(node), message);
}
