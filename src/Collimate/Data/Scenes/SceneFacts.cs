namespace Collimate.Data.Scenes;

/// <summary>What questions need to know about a scene, counted once.</summary>
internal sealed class SceneFacts
{
    /// <summary>The largest answer to how often a name appears.</summary>
    internal const int LargestCount = 3;

    /// <summary>The largest answer to how many objects of a category there are.</summary>
    internal const int LargestCategoryCount = 3;

    private readonly int[] cells = new int[ScenePositions.Side * ScenePositions.Side];

    internal SceneFacts(Scene scene)
    {
        Scene = scene;
        World = scene.World;
        Array.Fill(cells, -1);
        foreach (var item in scene.Items)
        {
            cells[item.Cell] = item.Item;
        }

        Distinct = [.. scene.Objects.Select(item => item.Item).Distinct()];
        Unique = [.. scene.Objects.Where(item => CountOf(item.Item) == 1)];
        CategoryCounts = new int[World.Categories.Count];
        foreach (var item in scene.Objects)
        {
            CategoryCounts[World.CategoryOf[item.Item]]++;
        }
    }

    internal Scene Scene { get; }

    internal SceneWorld World { get; }

    /// <summary>The objects' numbers without repetition.</summary>
    internal int[] Distinct { get; }

    /// <summary>The objects whose name appears once, so that "the dog" is one thing.</summary>
    internal PlacedItem[] Unique { get; }

    /// <summary>The objects whose existence was already asked for.</summary>
    internal HashSet<int> Affirmed { get; } = [];

    /// <summary>How many objects there are of each category.</summary>
    internal int[] CategoryCounts { get; }

    /// <summary>A bit for each answer to "how many times does … appear?" that some name of the split has here.</summary>
    internal uint PossibleCounts => Distinct.Aggregate(1u, (mask, item) => CountOf(item) <= LargestCount ? mask | 1u << CountOf(item) : mask);

    /// <summary>A bit for each answer to "how many … objects are there?" that some category has here.</summary>
    internal uint PossibleCategoryCounts => CategoryCounts.Aggregate(0u, (mask, count) => count <= LargestCategoryCount ? mask | 1u << count : mask);

    /// <summary>A bit for each colour that an object has here.</summary>
    internal uint PossibleColours => Distinct.Aggregate(0u, (mask, item) => ColourOf(item) >= 0 ? mask | 1u << ColourOf(item) : mask);

    /// <summary>A bit for each category that is here.</summary>
    internal uint PossibleCategories => Distinct.Aggregate(0u, (mask, item) => mask | 1u << World.CategoryOf[item]);

    internal int CountOf(int item) => Scene.Objects.Count(placed => placed.Item == item);

    internal int ColourOf(int item) => World.ColourNumber(item);

    /// <summary>The object nearest to a cell in one direction, or -1 where the first thing there is no object.</summary>
    internal int Neighbour(PlacedItem from, SceneDirection direction)
    {
        var (right, down) = direction.Step();
        for (var (column, row) = (from.Column + right, from.Row + down);
            column is >= 0 and < ScenePositions.Side && row is >= 0 and < ScenePositions.Side;
            (column, row) = (column + right, row + down))
        {
            var item = cells[(row * ScenePositions.Side) + column];
            if (item >= 0)
            {
                return World.IsSymbol(item) ? -1 : item;
            }
        }

        return -1;
    }
}
