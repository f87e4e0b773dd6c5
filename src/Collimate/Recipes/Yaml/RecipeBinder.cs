using System.Collections;

namespace Collimate.Recipes;

/// <summary>
/// Fills options records from recipe nodes: the key <c>learning_rate</c> sets the property <c>LearningRate</c>, what the recipe does not
/// say keeps its default, and what it says wrongly is an error at its line.
/// </summary>
/// <remarks>
/// Properties may be text, truth values, whole and real numbers, enums (written in snake case), durations (<c>90s</c>, <c>1h30m</c>),
/// switches that may be a number (<see cref="SwitchOrCount"/>), counts that may be left to the program or to the data (<see cref="CountOrAuto"/>, <see cref="StepsOrEpoch"/>), nested records, arrays and lists, dictionaries with text keys, nullable forms of these, and <see cref="RecipeNode"/> for parts that
/// are read later. <c>required</c> properties must be given; <see cref="RecipeRangeAttribute"/> and <see cref="IValidatedOptions"/> are checked.
/// </remarks>
public static class RecipeBinder
{
    /// <summary>Fills a new options record.</summary>
    /// <typeparam name="T">A record or class with a parameterless constructor and properties that can be set.</typeparam>
    /// <param name="node">The map to read.</param>
    /// <returns>The record.</returns>
    /// <exception cref="RecipeException">A key is unknown or missing, a value has the wrong kind, or values do not fit together.</exception>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> is not an options record.</exception>
    public static T Bind<T>(RecipeNode node)
        where T : class => (T)BindRecord(node, typeof(T), reserved: null);

    /// <summary>Fills a record; <paramref name="reserved"/> is a key of the map that is not an option (a seam's <c>type</c>).</summary>
    internal static object BindRecord(RecipeNode node, Type type, string? reserved)
    {
        var properties = OptionProperty.Of(type);
        var map = node as RecipeMap ?? throw node.Error($"expected a map with the keys {Keys(properties)}; found {node.Description}.");
        var options = Activator.CreateInstance(type)!;
        foreach (var entry in map.Entries)
        {
            if (entry.Key == reserved)
            {
                continue;
            }

            var property = Array.Find(properties, candidate => candidate.Key == entry.Key) ?? throw Unknown(map, entry, properties, reserved);
            property.Set(options, ReadProperty(entry, property, map));
        }

        if (properties.FirstOrDefault(property => property.IsRequired && map.Find(property.Key) is null) is { } missing)
        {
            throw map.Error($"the key '{missing.Key}' is missing; it must be given ({RecipeScalars.Name(missing.Type)}).");
        }

        if (options is IValidatedOptions validated)
        {
            foreach (var (key, message) in validated.Validate())
            {
                throw key.Length == 0 ? map.Error(message) : map.ErrorAt(SnakeCase.From(key), message);
            }
        }

        return options;
    }

    private static object? ReadProperty(RecipeEntry entry, OptionProperty property, RecipeMap map)
    {
        if (entry.Value is RecipeScalar { IsNull: true } && !typeof(RecipeNode).IsAssignableFrom(property.Type))
        {
            return property.TakesNull
                ? null
                : throw map.ErrorAt(entry.Key, $"expected {Expected(property.Type)}, found nothing.");
        }

        var value = Read(entry.Value, property.Type);
        CheckRange(entry.Value, value, property);
        return value;
    }

    private static object? Read(RecipeNode node, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (typeof(RecipeNode).IsAssignableFrom(type))
        {
            return type.IsInstanceOfType(node) ? node : throw node.Error($"expected {(type == typeof(RecipeMap) ? "a map" : type == typeof(RecipeList) ? "a list" : "a single value")}, found {node.Description}.");
        }

        if (RecipeScalars.CanRead(type))
        {
            return node is RecipeScalar { IsNull: false } scalar ? RecipeScalars.Read(scalar, type) : throw RecipeScalars.Mismatch(node, type);
        }

        if (ElementOfList(type) is { } element)
        {
            return ReadList(node, type, element);
        }

        return ValueOfDictionary(type) is { } value ? ReadDictionary(node, value) : BindRecord(node, type, reserved: null);
    }

    private static IList ReadList(RecipeNode node, Type type, Type element)
    {
        var list = node as RecipeList ?? throw node.Error($"expected a list, found {node.Description}; write [a, b] or one '- ' a line.");
        var array = Array.CreateInstance(element, list.Items.Count);
        for (var i = 0; i < array.Length; i++)
        {
            array.SetValue(Read(list.Items[i], element), i);
        }

        return type == typeof(List<>).MakeGenericType(element) ? (IList)Activator.CreateInstance(type, array)! : array;
    }

    private static IDictionary ReadDictionary(RecipeNode node, Type value)
    {
        var map = node as RecipeMap ?? throw node.Error($"expected a map, found {node.Description}.");
        var filled = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), value))!;
        foreach (var entry in map.Entries)
        {
            filled.Add(entry.Key, Read(entry.Value, value));
        }

        return filled;
    }

    private static Type? ElementOfList(Type type)
    {
        if (type.IsArray)
        {
            return type.GetElementType();
        }

        return type.IsGenericType
            && type.GetGenericTypeDefinition() is var open
            && (open == typeof(IReadOnlyList<>) || open == typeof(List<>) || open == typeof(IReadOnlyCollection<>) || open == typeof(IEnumerable<>))
            ? type.GetGenericArguments()[0]
            : null;
    }

    private static Type? ValueOfDictionary(Type type) =>
        type.IsGenericType
        && type.GetGenericTypeDefinition() is var open
        && (open == typeof(IReadOnlyDictionary<,>) || open == typeof(Dictionary<,>))
        && type.GetGenericArguments() is [var key, var value]
        && key == typeof(string)
            ? value
            : null;

    private static void CheckRange(RecipeNode node, object? value, OptionProperty property)
    {
        if (property.Range is not { } range)
        {
            return;
        }

        if (value is IEnumerable and not string && node is RecipeList list)
        {
            foreach (var (item, itemNode) in ((IEnumerable)value).Cast<object?>().Zip(list.Items))
            {
                Check(itemNode, item);
            }
        }
        else
        {
            Check(node, value);
        }

        void Check(RecipeNode at, object? number)
        {
            if (number is IConvertible convertible and not string && !range.Contains(convertible.ToDouble(null)))
            {
                throw at.Error($"must be {range}, found {at.Description}.");
            }
        }
    }

    private static RecipeException Unknown(RecipeMap map, RecipeEntry entry, OptionProperty[] properties, string? reserved)
    {
        var keys = properties.Select(property => property.Key).ToArray();
        var choice = reserved is not null && map.Find(reserved)?.Value is RecipeScalar type ? $" for {reserved} '{type.Text}'" : "";
        var suggestion = Spelling.Suggest(entry.Key, keys);
        return new RecipeException(
            entry.KeyLocation,
            $"unknown key '{entry.Key}'{(map.Path.Length == 0 ? "" : $" in {map.Path}")}{choice}{suggestion} Known keys: {Keys(properties)}.");
    }

    private static string Keys(OptionProperty[] properties) =>
        properties.Length == 0 ? "none" : string.Join(", ", properties.Select(property => property.Key));

    private static string Expected(Type type) =>
        ElementOfList(type) is not null ? "a list" : RecipeScalars.Name(Nullable.GetUnderlyingType(type) ?? type);
}
