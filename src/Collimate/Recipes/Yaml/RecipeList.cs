namespace Collimate.Recipes;

/// <summary>A list of a recipe.</summary>
public sealed class RecipeList : RecipeNode
{
    /// <summary>Makes a list.</summary>
    /// <param name="items">The items, in order.</param>
    /// <param name="location">Where it was written.</param>
    /// <param name="path">How it is reached from the recipe's root.</param>
    public RecipeList(IReadOnlyList<RecipeNode> items, RecipeLocation location, string path = "")
        : base(location, path)
    {
        Items = items;
        Weight = 1 + items.Sum(item => item.Weight);
        Height = 1 + items.Select(item => item.Height).DefaultIfEmpty().Max();
    }

    /// <summary>The items, in order.</summary>
    public IReadOnlyList<RecipeNode> Items { get; }

    /// <inheritdoc/>
    public override string Description => "a list";

    internal override long Weight { get; }

    internal override int Height { get; }

    internal override RecipeNode At(string path) =>
        new RecipeList([.. Items.Select((item, index) => item.At($"{path}[{index}]"))], Location, path);

    /// <summary>The place of the item whose <c>name:</c> is <paramref name="name"/>, or -1.</summary>
    internal int IndexOfName(string name)
    {
        for (var i = 0; i < Items.Count; i++)
        {
            if (NameOf(Items[i]) == name)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The <c>name:</c> of an item, or null where it has none.</summary>
    internal static string? NameOf(RecipeNode item) =>
        item is RecipeMap map && map.Find("name") is { Value: RecipeScalar { IsNull: false } name } ? name.Text : null;
}
