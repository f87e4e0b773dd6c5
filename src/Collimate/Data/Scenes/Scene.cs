namespace Collimate.Data.Scenes;

/// <summary>What one picture shows: the full truth about it, from which picture, captions, questions and patch names are made.</summary>
public sealed class Scene
{
    internal Scene(SceneWorld world, SceneSplit split, ulong seed, long index, PlacedItem[] items, SceneBackground background)
    {
        (World, Split, Seed, Index, Items, Background) = (world, split, seed, index, items, background);
        Objects = [.. items.Where(item => !world.IsSymbol(item.Item))];
        Symbols = [.. items.Where(item => world.IsSymbol(item.Item))];
    }

    /// <summary>The world that drew it.</summary>
    public SceneWorld World { get; }

    /// <summary>The part of the world it belongs to.</summary>
    public SceneSplit Split { get; }

    /// <summary>The seed it was drawn with.</summary>
    public ulong Seed { get; }

    /// <summary>Its place in the stream of scenes.</summary>
    public long Index { get; }

    /// <summary>A name that tells scenes apart, such as <c>train-1-000042</c>.</summary>
    public string Id => $"{SceneWorld.NameOf(Split)}-{Seed}-{Index:D6}";

    /// <summary>Everything in it, in raster order of the cells, at most one item to a cell.</summary>
    public IReadOnlyList<PlacedItem> Items { get; }

    /// <summary>The objects among <see cref="Items"/>: one to six.</summary>
    public IReadOnlyList<PlacedItem> Objects { get; }

    /// <summary>The digits or letters among <see cref="Items"/>, left to right: none, or two or three of one sort in one row.</summary>
    public IReadOnlyList<PlacedItem> Symbols { get; }

    /// <summary>The ground that it all stands on.</summary>
    public SceneBackground Background { get; }

    /// <summary>The scene with another object in the place of one: what somebody would see who mistook it.</summary>
    /// <param name="placed">The object that is there.</param>
    /// <param name="item">The object that it is taken for.</param>
    internal Scene With(PlacedItem placed, int item) =>
        new(World, Split, Seed, Index, [.. Items.Select(each => each.Cell == placed.Cell ? each with { Item = item } : each)], Background);

    /// <summary>The name of a placed item.</summary>
    public string NameOf(PlacedItem item) => World.Items[item.Item].Name;
}
