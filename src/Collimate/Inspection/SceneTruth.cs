using Collimate.Alignment.Towers;
using Collimate.Data.Scenes;

namespace Collimate.Inspection;

/// <summary>Which word of a list each patch of a gym's scene should mean.</summary>
public sealed class SceneTruth
{
    private readonly int[] wordOfItem;

    /// <param name="world">The gym.</param>
    /// <param name="words">The words; names that are not among them make no truth.</param>
    public SceneTruth(SceneWorld world, IReadOnlyList<CandidateWord> words)
    {
        World = world;
        var numbers = words.Index().ToDictionary(word => word.Item.Text, word => word.Index, StringComparer.Ordinal);
        wordOfItem = [.. world.Items.Select(item => numbers.GetValueOrDefault(item.Name, AlignmentMap.Unknown))];
        GroundWord = numbers.GetValueOrDefault(SceneCaptions.EmptyWord, AlignmentMap.Unknown);
        ItemOfWord = new int[words.Count];
        Array.Fill(ItemOfWord, -1);
        foreach (var (item, word) in wordOfItem.Index().Where(entry => entry.Item != AlignmentMap.Unknown))
        {
            ItemOfWord[word] = item;
        }
    }

    /// <summary>The gym.</summary>
    public SceneWorld World { get; }

    /// <summary>The number of the word for bare ground, or <see cref="AlignmentMap.Unknown"/>.</summary>
    public int GroundWord { get; }

    /// <summary>Per word the item that it names, or -1.</summary>
    public int[] ItemOfWord { get; }

    /// <summary>Whether any word names something that a scene may show.</summary>
    public bool NamesAnything => ItemOfWord.Any(item => item >= 0);

    /// <summary>The true words of a scene's patches.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="grid">The patches; none where tokens do not lie on patches.</param>
    /// <param name="tokens">How many visual tokens the picture has.</param>
    /// <returns>A word's number for each token, or <see cref="AlignmentMap.Unknown"/>.</returns>
    public int[] Of(Scene scene, PatchGrid grid, int tokens) => grid.Count == tokens
        ? [.. SceneRenderer.PatchTruth(scene, grid.Columns, grid.Rows).Select(item => item < 0 ? GroundWord : wordOfItem[item])]
        : [.. Enumerable.Repeat(AlignmentMap.Unknown, tokens)];
}
