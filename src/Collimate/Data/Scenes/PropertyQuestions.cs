namespace Collimate.Data.Scenes;

/// <summary>Questions about what things are like, asked by position because a name would give the answer away, and about symbols.</summary>
internal static class PropertyQuestions
{
    internal static (string Text, string Answer)? Colour(SceneFacts facts, SceneStatistics statistics, ref SceneRandom random)
    {
        if (facts.PossibleColours == 0)
        {
            return null;
        }

        var colour = statistics.Colour.Pick(facts.PossibleColours, ref random);
        var item = random.Pick<PlacedItem>([.. facts.Scene.Objects.Where(item => facts.ColourOf(item.Item) == colour)]);
        return ($"what colour is the object at the {ScenePositions.Names[item.Cell]}?", facts.World.Colours[colour]);
    }

    internal static (string Text, string Answer)? Category(SceneFacts facts, SceneStatistics statistics, ref SceneRandom random)
    {
        var category = statistics.Category.Pick(facts.PossibleCategories, ref random);
        var item = random.Pick<PlacedItem>([.. facts.Scene.Objects.Where(item => facts.World.CategoryOf[item.Item] == category)]);
        return ($"what kind of object is at the {ScenePositions.Names[item.Cell]}?", facts.World.Categories[category]);
    }

    internal static (string Text, string Answer)? Reading(SceneFacts facts) =>
        facts.Scene.Symbols.Count == 0 ? null : ("read the symbols.", string.Join(' ', facts.Scene.Symbols.Select(facts.Scene.NameOf)));

    internal static (string Text, string Answer)? Sum(SceneFacts facts)
    {
        var symbols = facts.Scene.Symbols;
        return symbols.Count > 0 && facts.World.IsDigit(symbols[0].Item)
            ? ("what is the sum of the digits?", symbols.Sum(symbol => symbol.Item - facts.World.ObjectCount).ToString())
            : null;
    }
}
