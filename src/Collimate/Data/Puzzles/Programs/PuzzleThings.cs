using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>The objects that puzzles are drawn with: those that training may show.</summary>
/// <param name="world">The gym.</param>
internal sealed class PuzzleThings(SceneWorld world)
{
    private readonly int[][] categories = world.Allowed(SceneSplit.Train);

    /// <summary>An object's name.</summary>
    internal string NameOf(int item) => world.Items[item].Name;

    /// <summary>Objects of as many categories, which nobody takes for one another.</summary>
    internal int[] Pick(int count, ref SceneRandom random)
    {
        var order = Enumerable.Range(0, categories.Length).ToArray();
        random.Shuffle(order.AsSpan());
        var items = new int[count];
        for (var at = 0; at < count; at++)
        {
            items[at] = random.Pick<int>(categories[order[at]]);
        }

        return items;
    }
}
