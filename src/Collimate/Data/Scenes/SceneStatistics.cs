namespace Collimate.Data.Scenes;

/// <summary>How often the scenes of a split show each object, and the weights that balance answers; measured on sample scenes of a stream of their own.</summary>
internal sealed class SceneStatistics
{
    private const int SampleScenes = 20_000;
    private const ulong Seed = 0x5CE7E57A75;

    private SceneStatistics(AbsentNames absent, AnswerBalance count, AnswerBalance countCategory, AnswerBalance colour, AnswerBalance category) =>
        (Absent, Count, CountCategory, Colour, Category) = (absent, count, countCategory, colour, category);

    /// <summary>Chooses what to ask for that is not there.</summary>
    internal AbsentNames Absent { get; }

    internal AnswerBalance Count { get; }

    internal AnswerBalance CountCategory { get; }

    internal AnswerBalance Colour { get; }

    internal AnswerBalance Category { get; }

    internal static SceneStatistics Measure(SceneWorld world, SceneSplit split)
    {
        var shown = new int[SampleScenes][];
        var masks = (Count: new uint[SampleScenes], CountCategory: new uint[SampleScenes], Colour: new uint[SampleScenes], Category: new uint[SampleScenes]);
        for (var index = 0; index < SampleScenes; index++)
        {
            var random = new SceneRandom(Seed, $"statistics/{SceneWorld.NameOf(split)}", index);
            var (items, background) = SceneComposer.Compose(world, split, ref random);
            var facts = new SceneFacts(new Scene(world, split, Seed, index, items, background));
            shown[index] = facts.Distinct;
            masks.Count[index] = facts.PossibleCounts;
            masks.CountCategory[index] = facts.PossibleCategoryCounts;
            masks.Colour[index] = facts.PossibleColours;
            masks.Category[index] = facts.PossibleCategories;
        }

        return new SceneStatistics(
            new AbsentNames(world, shown),
            new AnswerBalance(SceneFacts.LargestCount + 1, masks.Count),
            new AnswerBalance(SceneFacts.LargestCategoryCount + 1, masks.CountCategory),
            new AnswerBalance(world.Colours.Count, masks.Colour),
            new AnswerBalance(world.Categories.Count, masks.Category));
    }
}
