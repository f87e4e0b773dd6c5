namespace Collimate.Data.Scenes;

/// <summary>Questions whose answer is whether, or how often.</summary>
internal static class CountingQuestions
{
    internal static (string Text, string Answer)? Existence(SceneFacts facts, SceneStatistics statistics, ref SceneRandom random)
    {
        // Without a present name left to ask for, only "no" would remain, and asking would tilt the balance.
        int[] unasked = [.. facts.Distinct.Where(item => !facts.Affirmed.Contains(item))];
        if (unasked.Length == 0)
        {
            return null;
        }

        var present = random.Chance(0.5);
        var item = present ? random.Pick<int>(unasked) : statistics.Absent.Pick(facts.Distinct, ref random);
        if (present)
        {
            facts.Affirmed.Add(item);
        }

        var name = facts.World.Items[item].Name;
        return ($"is there {Article(name)} {name}?", present ? "yes" : "no");
    }

    internal static (string Text, string Answer)? Count(SceneFacts facts, SceneStatistics statistics, ref SceneRandom random)
    {
        var count = statistics.Count.Pick(facts.PossibleCounts, ref random);
        var item = count == 0
            ? statistics.Absent.Pick(facts.Distinct, ref random)
            : random.Pick<int>([.. facts.Distinct.Where(item => facts.CountOf(item) == count)]);
        return ($"how many times does the {facts.World.Items[item].Name} appear?", Number(count));
    }

    internal static (string Text, string Answer)? CountCategory(SceneFacts facts, SceneStatistics statistics, ref SceneRandom random)
    {
        var count = statistics.CountCategory.Pick(facts.PossibleCategoryCounts, ref random);
        var category = random.Pick<int>([.. Enumerable.Range(0, facts.CategoryCounts.Length).Where(category => facts.CategoryCounts[category] == count)]);
        return ($"how many {facts.World.Categories[category]} objects are there?", Number(count));
    }

    internal static (string Text, string Answer)? CountAll(SceneFacts facts) => ("how many objects are there?", Number(facts.Scene.Objects.Count));

    /// <summary>Two categories of different counts, in random order: both present where the scene has such, else one absent.</summary>
    internal static (string Text, string Answer)? Comparison(SceneFacts facts, ref SceneRandom random)
    {
        var counts = facts.CategoryCounts;
        var pairs = UnequalPairs(counts, smallest: 1);
        if (pairs.Count == 0)
        {
            pairs = UnequalPairs(counts, smallest: 0);
        }

        var (a, b) = random.Pick<(int, int)>(pairs.ToArray());
        var names = facts.World.Categories;
        return ($"are there more {names[a]} or {names[b]} objects?", counts[a] > counts[b] ? names[a] : names[b]);
    }

    private static List<(int First, int Second)> UnequalPairs(int[] counts, int smallest)
    {
        var pairs = new List<(int, int)>();
        for (var first = 0; first < counts.Length; first++)
        {
            for (var second = 0; second < counts.Length; second++)
            {
                if (counts[first] != counts[second] && Math.Min(counts[first], counts[second]) >= smallest)
                {
                    pairs.Add((first, second));
                }
            }
        }

        return pairs;
    }

    private static string Number(int value) => value.ToString();

    private static string Article(string name) => "aeiou".Contains(name[0], StringComparison.Ordinal) ? "an" : "a";
}
