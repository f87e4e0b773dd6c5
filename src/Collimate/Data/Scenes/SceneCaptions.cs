namespace Collimate.Data.Scenes;

/// <summary>Describes scenes in words.</summary>
public static class SceneCaptions
{
    /// <summary>The word of a patch that shows no item.</summary>
    public const string EmptyWord = "empty";

    private const int MostRelations = 3;
    private const double MentionChance = 0.7;

    /// <summary>Describes everything in a scene, digits and letters included, as one sentence that ends in a full stop.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="style">How.</param>
    /// <param name="random">Where the choices of the random styles come from.</param>
    public static string Describe(Scene scene, CaptionStyle style, ref SceneRandom random)
    {
        switch (style)
        {
            case CaptionStyle.Short:
                return Sentence(scene.Items.Select(scene.NameOf));
            case CaptionStyle.Detailed:
                return Sentence(scene.Items.Select(item => Placed(scene, item)));
            case CaptionStyle.Shuffled:
                var order = scene.Items.ToArray();
                random.Shuffle<PlacedItem>(order);
                return Sentence(order.Select(item => Placed(scene, item)));
            case CaptionStyle.Relations:
                return Relations(scene, ref random);
            case CaptionStyle.Varied:
                return Varied(scene, ref random);
            default:
                throw new ArgumentOutOfRangeException(nameof(style), style, "no such style");
        }
    }

    /// <summary>The text twin of a picture: for every patch in raster order the name of what it shows, or <see cref="EmptyWord"/>.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="columns">Patches in a row.</param>
    /// <param name="rows">Rows of patches.</param>
    /// <returns>Exactly <paramref name="columns"/> x <paramref name="rows"/> words with single spaces between them.</returns>
    public static string Map(Scene scene, int columns, int rows) =>
        string.Join(' ', SceneRenderer.PatchTruth(scene, columns, rows).Select(item => item < 0 ? EmptyWord : scene.World.Items[item].Name));

    private static string Varied(Scene scene, ref SceneRandom random)
    {
        if (random.Chance(0.25))
        {
            return Relations(scene, ref random);
        }

        var mentioned = new List<PlacedItem>();
        foreach (var item in scene.Items)
        {
            if (random.Chance(MentionChance))
            {
                mentioned.Add(item);
            }
        }

        var items = mentioned.Count > 0 ? mentioned.ToArray() : [.. scene.Items];
        random.Shuffle<PlacedItem>(items);
        var withPlaces = random.Chance(0.5);
        return Sentence(items.Select(item => withPlaces ? Placed(scene, item) : scene.NameOf(item)));
    }

    private static string Placed(Scene scene, PlacedItem item) => $"{ScenePositions.Names[item.Cell]} {scene.NameOf(item)}";

    private static string Sentence(IEnumerable<string> parts) => string.Join(", ", parts) + ".";

    private static string Relations(Scene scene, ref SceneRandom random)
    {
        var unique = scene.Objects.Where(item => scene.Objects.Count(other => other.Item == item.Item) == 1).ToArray();
        random.Shuffle<PlacedItem>(unique);
        if (unique.Length < 2)
        {
            return Describe(scene, CaptionStyle.Short, ref random);
        }

        var parts = new List<string>();
        for (var at = 0; at + 1 < unique.Length && at < MostRelations; at++)
        {
            var (first, second) = (unique[at], unique[at + 1]);
            var direction = random.Pick<SceneDirection>([.. SceneDirections.All.Where(direction => direction.Holds(first, second))]);
            parts.Add($"{scene.NameOf(first)} {direction.Words()} {scene.NameOf(second)}");
        }

        return Sentence(parts);
    }
}
