namespace Collimate.Recipes;

/// <summary>A map of a recipe: keys in the order in which they were written, each at most once.</summary>
public sealed class RecipeMap : RecipeNode
{
    private readonly Dictionary<string, RecipeEntry> byKey;

    /// <summary>Makes a map.</summary>
    /// <param name="entries">The entries, in order, with distinct keys.</param>
    /// <param name="location">Where it was written.</param>
    /// <param name="path">How it is reached from the recipe's root.</param>
    /// <exception cref="ArgumentException">A key stands twice.</exception>
    public RecipeMap(IReadOnlyList<RecipeEntry> entries, RecipeLocation location, string path = "")
        : base(location, path)
    {
        Entries = entries;
        byKey = entries.ToDictionary(entry => entry.Key, StringComparer.Ordinal);
        Weight = 1 + entries.Sum(entry => entry.Value.Weight);
        Height = 1 + entries.Select(entry => entry.Value.Height).DefaultIfEmpty().Max();
    }

    /// <summary>The entries, in the order in which they were written.</summary>
    public IReadOnlyList<RecipeEntry> Entries { get; }

    /// <inheritdoc/>
    public override string Description => "a map";

    internal override long Weight { get; }

    internal override int Height { get; }

    /// <summary>The entry with a key, or null.</summary>
    /// <param name="key">The key as it stands in the recipe.</param>
    /// <returns>The entry, or null where the map has no such key.</returns>
    public RecipeEntry? Find(string key) => byKey.GetValueOrDefault(key);

    /// <summary>An error that points at one key of this map, or at the map where it has no such key; the caller throws it.</summary>
    /// <param name="key">The key at fault.</param>
    /// <param name="message">What is wrong, what was expected and how to mend it.</param>
    /// <returns>The exception to throw.</returns>
    public RecipeException ErrorAt(string key, string message) =>
        ErrorAt(Find(key)?.KeyLocation ?? Location, Join(Path, key), message);

    /// <summary>This map with one entry set: in its place where the key exists, at the end where not.</summary>
    internal RecipeMap With(RecipeEntry entry)
    {
        RecipeEntry[] entries = Find(entry.Key) is null
            ? [.. Entries, entry]
            : [.. Entries.Select(old => old.Key == entry.Key ? entry : old)];
        return new RecipeMap(entries, Location, Path);
    }

    /// <summary>This map without one key.</summary>
    internal RecipeMap Without(string key) => new([.. Entries.Where(entry => entry.Key != key)], Location, Path);

    internal override RecipeNode At(string path) =>
        new RecipeMap([.. Entries.Select(entry => entry with { Value = entry.Value.At(Join(path, entry.Key)) })], Location, path);

    private static string Join(string path, string key)
    {
        var word = key.Length > 0 && key.All(c => char.IsLetterOrDigit(c) || c is '_' or '-') ? key : $"\"{key}\"";
        return path.Length == 0 ? word : $"{path}.{word}";
    }
}
