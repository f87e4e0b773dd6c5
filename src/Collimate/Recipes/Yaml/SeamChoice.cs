namespace Collimate.Recipes;

/// <summary>What a recipe chose for a seam, read and checked but not yet built, so that a whole recipe can be checked before anything is made.</summary>
/// <typeparam name="TContext">What the factory needs besides the options, such as widths and random streams.</typeparam>
/// <typeparam name="T">What the seam is made of.</typeparam>
public sealed class SeamChoice<TContext, T>
{
    private readonly Func<TContext, T> build;

    internal SeamChoice(string type, object? options, RecipeNode node, Func<TContext, T> build)
    {
        Type = type;
        Options = options;
        Node = node;
        this.build = build;
    }

    /// <summary>The word that the recipe gave as <c>type:</c>.</summary>
    public string Type { get; }

    /// <summary>The typed options; null for a choice that takes none.</summary>
    public object? Options { get; }

    /// <summary>Where the recipe says it; for errors about combinations.</summary>
    public RecipeNode Node { get; }

    /// <summary>Makes what was chosen.</summary>
    /// <param name="context">What the factory needs besides the options.</param>
    /// <returns>The new part.</returns>
    public T Build(TContext context) => build(context);
}
