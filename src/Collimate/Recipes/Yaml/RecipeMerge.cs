namespace Collimate.Recipes;

/// <summary>
/// Lays one recipe over the one it is based on: maps merge key by key, lists of named items merge by name, everything else is replaced.
/// </summary>
internal static class RecipeMerge
{
    /// <summary>The base with everything that <paramref name="over"/> says laid over it.</summary>
    public static RecipeNode Merge(RecipeNode under, RecipeNode over) => (under, over) switch
    {
        (RecipeMap a, RecipeMap b) when !ChoosesAnotherType(a, b) => MergeMaps(a, b),
        (RecipeList a, RecipeList b) when HasNames(a) && HasNames(b) => MergeNamed(a, b),
        _ => over,
    };

    private static RecipeMap MergeMaps(RecipeMap under, RecipeMap over)
    {
        var entries = under.Entries
            .Select(entry => over.Find(entry.Key) is { } newer ? newer with { Value = Merge(entry.Value, newer.Value) } : entry)
            .Concat(over.Entries.Where(entry => under.Find(entry.Key) is null));
        return new RecipeMap([.. entries], over.Location);
    }

    private static RecipeList MergeNamed(RecipeList under, RecipeList over)
    {
        var items = under.Items.ToList();
        foreach (var item in over.Items)
        {
            var place = under.IndexOfName(RecipeList.NameOf(item)!);
            if (place < 0)
            {
                items.Add(item);
            }
            else
            {
                items[place] = Merge(items[place], item);
            }
        }

        return new RecipeList(items, over.Location);
    }

    // The options of one choice mean nothing to another: `connector: {type: linear}` over an MLP must not keep the MLP's width.
    private static bool ChoosesAnotherType(RecipeMap under, RecipeMap over) =>
        under.Find("type")?.Value is RecipeScalar before && over.Find("type")?.Value is RecipeScalar after && before.Text != after.Text;

    private static bool HasNames(RecipeList list) =>
        list.Items.Count > 0
        && list.Items.All(item => RecipeList.NameOf(item) is not null)
        && list.Items.Select(RecipeList.NameOf).Distinct().Count() == list.Items.Count;
}
