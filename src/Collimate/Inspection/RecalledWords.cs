using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Data.Scenes;
using Collimate.Imaging;
using Collimate.Recipes.Schema;
using Collimate.Torch;

namespace Collimate.Inspection;

/// <summary>A picture whose visual tokens were compared with words.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Picture">The picture as the tower was shown it.</param>
/// <param name="Grid">How its tokens lie on it; none where they do not.</param>
/// <param name="Map">The words of it and perhaps of others.</param>
/// <param name="Index">Which of the map's pictures it is.</param>
public sealed record RecalledPicture(string Id, Image Picture, PatchGrid Grid, AlignmentMap Map, int Index)
{
    /// <summary>What the picture shows, for those who cannot see it.</summary>
    public string Description { get; init; } = "";
}

/// <summary>The words that a model's visual tokens mean. Source: SEA, figure 1.</summary>
public static class RecalledWords
{
    private const int BatchSize = 8;

    /// <summary>Finds the words of a picture whose truth nobody knows.</summary>
    /// <param name="built">The model.</param>
    /// <param name="words">The words to compare with.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="question">The question about it.</param>
    /// <param name="top">How many words of each token are kept.</param>
    public static RecalledPicture OfPicture(BuiltModel built, IReadOnlyList<CandidateWord> words, ImageSource picture, string question, int top)
    {
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        var reader = new VisualReader(built);
        var image = picture.Load();
        var tokens = reader.Tokens(reader.Compose([VisualReader.OfPicture(ImageSource.FromImage(image), question)]));
        int[] unknown = [.. Enumerable.Repeat(AlignmentMap.Unknown, (int)tokens.Size(1))];
        var map = AlignmentMap.Measure(tokens, built.Model.Language.EmbeddingWeight, words, unknown, top: top);
        return new RecalledPicture(picture.Origin, reader.Shown(image), reader.Grid, map, 0);
    }

    /// <summary>Finds the words of scenes, beside the true ones.</summary>
    /// <param name="built">The model.</param>
    /// <param name="words">The words to compare with.</param>
    /// <param name="scenes">The scenes.</param>
    /// <param name="top">How many words of each token are kept.</param>
    public static IReadOnlyList<RecalledPicture> OfScenes(BuiltModel built, IReadOnlyList<CandidateWord> words, IReadOnlyList<Scene> scenes, int top)
    {
        using var off = GradMode.Disable();
        var (reader, pictures) = (new VisualReader(built), new List<RecalledPicture>());
        foreach (var drawn in scenes.Chunk(BatchSize))
        {
            using var scope = new TensorScope();
            var tokens = reader.Tokens(reader.Compose([.. drawn.Select(reader.OfScene)]));
            pictures.AddRange(OfTokens(built, reader, tokens, words, drawn, new SceneTruth(drawn[0].World, words), top));
        }

        return pictures;
    }

    /// <summary>The same for visual tokens that are there already, <c>[scenes, tokens, hidden]</c>; all pictures share one map.</summary>
    internal static IEnumerable<RecalledPicture> OfTokens(
        BuiltModel built, VisualReader reader, Tensor tokens, IReadOnlyList<CandidateWord> words, Scene[] scenes, SceneTruth truth, int top)
    {
        int[] right = [.. scenes.SelectMany(scene => truth.Of(scene, reader.Grid, (int)tokens.Size(1)))];
        var map = AlignmentMap.Measure(tokens, built.Model.Language.EmbeddingWeight, words, right, truth.GroundWord, top);
        return scenes.Select((scene, index) => new RecalledPicture(scene.Id, SceneRenderer.Render(scene), reader.Grid, map, index) { Description = Describe(scene) });
    }

    private static string Describe(Scene scene)
    {
        var random = new SceneRandom(0, "description", scene.Index);
        return SceneCaptions.Describe(scene, CaptionStyle.Detailed, ref random);
    }
}
