namespace Collimate.Recipes;

/// <summary>
/// One value of a recipe (a scalar, a list or a map) that remembers where it was written and how it is reached. Nodes never change;
/// merging and overriding make new ones, so an aliased block can be shared safely.
/// </summary>
public abstract class RecipeNode
{
    private protected RecipeNode(RecipeLocation location, string path)
    {
        Location = location;
        Path = path;
    }

    /// <summary>Where the value was written.</summary>
    public RecipeLocation Location { get; }

    /// <summary>How the value is reached from the recipe's root, such as <c>stages[1].learning_rate</c>; empty for the root itself.</summary>
    public string Path { get; }

    /// <summary>What the value is, in words for an error message: <c>a map</c>, <c>a list</c>, <c>'adamw'</c>.</summary>
    public abstract string Description { get; }

    /// <summary>How many nodes stand here with aliases written out; bounds what a small file can unfold into.</summary>
    internal abstract long Weight { get; }

    /// <summary>How deep the nesting goes below and with this node.</summary>
    internal abstract int Height { get; }

    /// <summary>The same value, reached by <paramref name="path"/>.</summary>
    internal abstract RecipeNode At(string path);

    /// <summary>An error about this value, with its location and path in front; the caller throws it.</summary>
    /// <param name="message">What is wrong, what was expected and how to mend it.</param>
    /// <returns>The exception to throw.</returns>
    public RecipeException Error(string message) => ErrorAt(Location, Path, message);

    private protected static RecipeException ErrorAt(RecipeLocation location, string path, string message)
    {
        // An override's location already spells the path.
        var alreadyNamed = path.Length == 0 || (location.Line == 0 && location.Source.EndsWith(path, StringComparison.Ordinal));
        return new RecipeException(location, alreadyNamed ? message : $"{path}: {message}");
    }
}
