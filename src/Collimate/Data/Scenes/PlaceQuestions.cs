namespace Collimate.Data.Scenes;

/// <summary>Questions about what stands where.</summary>
internal static class PlaceQuestions
{
    internal static (string Text, string Answer)? WhatIsAt(SceneFacts facts, ref SceneRandom random)
    {
        var item = facts.Scene.Objects[random.Next(facts.Scene.Objects.Count)];
        return ($"what is at the {ScenePositions.Names[item.Cell]}?", facts.Scene.NameOf(item));
    }

    internal static (string Text, string Answer)? WhereIs(SceneFacts facts, ref SceneRandom random)
    {
        if (facts.Unique.Length == 0)
        {
            return null;
        }

        var item = random.Pick<PlacedItem>(facts.Unique);
        return ($"where is the {facts.Scene.NameOf(item)}?", ScenePositions.Names[item.Cell]);
    }

    /// <summary>Yes and no equally often; a pair and its mirror image are equally likely, so the names tell nothing.</summary>
    internal static (string Text, string Answer)? Relation(SceneFacts facts, ref SceneRandom random)
    {
        if (facts.Unique.Length < 2)
        {
            return null;
        }

        random.Shuffle<PlacedItem>(facts.Unique);
        var (first, second) = (facts.Unique[0], facts.Unique[1]);
        var holds = random.Chance(0.5);
        // Two cells differ in column or row, so of four directions at least one holds and at least two do not.
        var direction = random.Pick<SceneDirection>([.. SceneDirections.All.Where(direction => direction.Holds(first, second) == holds)]);
        return ($"is the {facts.Scene.NameOf(first)} {direction.Words()} the {facts.Scene.NameOf(second)}?", holds ? "yes" : "no");
    }

    internal static (string Text, string Answer)? NextTo(SceneFacts facts, ref SceneRandom random) =>
        Neighbour(facts, facts.Unique, ref random) is var (item, direction, answer)
            ? ($"what is {direction.Words()} the {facts.Scene.NameOf(item)}?", answer)
            : null;

    internal static (string Text, string Answer)? TwoStep(SceneFacts facts, ref SceneRandom random)
    {
        var onlyOnes = facts.Scene.Objects.Where(item => facts.CategoryCounts[facts.World.CategoryOf[item.Item]] == 1).ToArray();
        return Neighbour(facts, onlyOnes, ref random) is var (item, direction, answer)
            ? ($"what is {direction.Words()} the only {facts.World.Items[item.Item].Category} object?", answer)
            : null;
    }

    private static (PlacedItem Item, SceneDirection Direction, string Answer)? Neighbour(
        SceneFacts facts, PlacedItem[] candidates, ref SceneRandom random)
    {
        var pairs = new List<(PlacedItem, SceneDirection, string)>();
        foreach (var item in candidates)
        {
            foreach (var direction in SceneDirections.All)
            {
                if (facts.Neighbour(item, direction) is >= 0 and var neighbour)
                {
                    pairs.Add((item, direction, facts.World.Items[neighbour].Name));
                }
            }
        }

        return pairs.Count == 0 ? null : pairs[random.Next(pairs.Count)];
    }
}
