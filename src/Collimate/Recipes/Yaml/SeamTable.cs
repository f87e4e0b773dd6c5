namespace Collimate.Recipes;

/// <summary>
/// The one table of a seam: from the recipe's <c>type:</c> word to an options record and a factory. Adding a method is one line here.
/// In a recipe, <c>connector: mlp</c> is short for <c>connector: {type: mlp}</c>.
/// </summary>
/// <typeparam name="TContext">What the factories need besides the options, such as widths and random streams.</typeparam>
/// <typeparam name="T">What the seam is made of.</typeparam>
/// <param name="seam">The seam's name as errors call it, such as <c>connector</c>.</param>
/// <param name="defaultType">The choice where the recipe is silent; null where the recipe must choose.</param>
public sealed class SeamTable<TContext, T>(string seam, string? defaultType = null)
{
    private const string TypeKey = "type";

    private readonly Dictionary<string, Func<RecipeNode, SeamChoice<TContext, T>>> readers = new(StringComparer.Ordinal);

    /// <summary>The seam's name.</summary>
    public string Seam { get; } = seam;

    /// <summary>The words that <c>type:</c> may be, sorted.</summary>
    public IReadOnlyList<string> Types => [.. readers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Adds a choice with options.</summary>
    /// <typeparam name="TOptions">The options record; see <see cref="RecipeBinder"/>.</typeparam>
    /// <param name="type">The word for it in a recipe.</param>
    /// <param name="factory">Makes it.</param>
    /// <returns>This table, to add the next.</returns>
    /// <exception cref="ArgumentException">The word is taken, or <typeparamref name="TOptions"/> is not an options record.</exception>
    public SeamTable<TContext, T> Register<TOptions>(string type, Func<TOptions, TContext, T> factory)
        where TOptions : class
    {
        _ = OptionProperty.Of(typeof(TOptions)); // a record that cannot be bound is found when the table is made, not when a recipe is read
        readers.Add(type, node =>
        {
            var options = (TOptions)RecipeBinder.BindRecord(AsMap(node), typeof(TOptions), TypeKey);
            return new SeamChoice<TContext, T>(type, options, node, context => factory(options, context));
        });
        return this;
    }

    /// <summary>Adds a choice without options.</summary>
    /// <param name="type">The word for it in a recipe.</param>
    /// <param name="factory">Makes it.</param>
    /// <returns>This table, to add the next.</returns>
    /// <exception cref="ArgumentException">The word is taken.</exception>
    public SeamTable<TContext, T> Register(string type, Func<TContext, T> factory)
    {
        readers.Add(type, node =>
        {
            if (AsMap(node).Entries.FirstOrDefault(entry => entry.Key != TypeKey) is { } extra)
            {
                throw new RecipeException(extra.KeyLocation, $"unknown key '{extra.Key}'; the {Seam} '{type}' has no options.");
            }

            return new SeamChoice<TContext, T>(type, null, node, factory);
        });
        return this;
    }

    /// <summary>Reads and checks what a recipe chose, without making it.</summary>
    /// <param name="node">The value of the seam's key: a word, or a map with <c>type:</c> and options; null where the recipe is silent.</param>
    /// <returns>The choice.</returns>
    /// <exception cref="RecipeException">The type is unknown or missing, or its options do not fit.</exception>
    public SeamChoice<TContext, T> Read(RecipeNode? node)
    {
        if (node is null or RecipeScalar { IsNull: true })
        {
            var location = node?.Location ?? new RecipeLocation("the recipe", 0, 0);
            node = defaultType is null
                ? throw new RecipeException(location, $"names no {Seam}; choose one: {string.Join(", ", Types)}.")
                : new RecipeScalar(defaultType, isQuoted: false, location, node?.Path ?? Seam);
        }

        var word = node switch
        {
            RecipeScalar scalar => scalar,
            RecipeMap map when map.Find(TypeKey)?.Value is RecipeScalar { IsNull: false } scalar => scalar,
            RecipeMap map when map.Find(TypeKey) is null => throw map.Error($"the key 'type' is missing; choose a {Seam}: {string.Join(", ", Types)}."),
            _ => throw node.Error($"expected a {Seam} (one of: {string.Join(", ", Types)}), alone or as 'type:' of a map; found {node.Description}."),
        };
        return readers.TryGetValue(word.Text, out var read)
            ? read(node)
            : throw word.Error($"unknown {Seam} '{word.Text}'{Spelling.Suggest(word.Text, Types)} Known: {string.Join(", ", Types)}.");
    }

    /// <summary>Reads what a recipe chose and makes it.</summary>
    /// <param name="node">The value of the seam's key: a word, or a map with <c>type:</c> and options; null where the recipe is silent.</param>
    /// <param name="context">What the factory needs besides the options.</param>
    /// <returns>The new part.</returns>
    /// <exception cref="RecipeException">The type is unknown or missing, or its options do not fit.</exception>
    public T Create(RecipeNode? node, TContext context) => Read(node).Build(context);

    private static RecipeMap AsMap(RecipeNode node) => node switch
    {
        RecipeMap map => map,
        _ => new RecipeMap([new RecipeEntry(TypeKey, node.Location, node)], node.Location, node.Path),
    };
}
