using Collimate.Data.Scenes;
using Collimate.Imaging;
using Collimate.Inspection;
using Collimate.Recipes.Schema;
using Collimate.Reports;
using Collimate.Torch;

namespace Collimate.Demo;

/// <summary>Which word of the gym each visual token means, for scenes whose truth is known patch by patch.</summary>
/// <param name="Score">How often the nearest word is the right one.</param>
/// <param name="Pictures">Some of the scenes, to look at.</param>
public sealed record AlignmentPictures(AlignmentScore Score, IReadOnlyList<AlignmentPicture> Pictures)
{
    private const int Shown = 4;
    private const int BatchSize = 32;

    /// <summary>Measures a model on held-out compositions.</summary>
    /// <param name="built">The model.</param>
    /// <param name="world">The gym.</param>
    /// <param name="scenes">How many scenes.</param>
    /// <param name="seed">Which scenes.</param>
    public static AlignmentPictures Measure(BuiltModel built, SceneWorld world, int scenes, ulong seed)
    {
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        var names = world.Items.Select(item => item.Name).Append(SceneCaptions.EmptyWord).ToArray();
        CandidateWord[] words = [.. names.Select(name => new CandidateWord(name, built.Tokenizer.Encode(" " + name)))];
        var ground = names.Length - 1;
        var grid = built.Model.Vision.Grid;
        AlignmentScore? total = null;
        var pictures = new List<AlignmentPicture>();
        for (var first = 0; first < scenes; first += BatchSize)
        {
            var drawn = Enumerable.Range(first, Math.Min(BatchSize, scenes - first)).Select(k => world.Draw(SceneSplit.TestCompositions, seed, k)).ToArray();
            var images = drawn.Select(SceneRenderer.Render).ToArray();
            var pixels = Tensor.From([.. images.SelectMany(built.Processor!.Process)], [images.Length, 3, built.Processor.OutputSize.Height, built.Processor.OutputSize.Width]);
            var visual = built.Model.Connector.Project(built.Model.Vision.Encode(pixels, null));    // [images, tokens, hidden]
            int[] truth = [.. drawn.SelectMany(s => SceneRenderer.PatchTruth(s, grid.Columns, grid.Rows)).Select(item => item < 0 ? ground : item)];
            var map = AlignmentMap.Measure(visual, built.Model.Language.EmbeddingWeight, words, truth, ground);
            total = total is null ? map.Score : total.Value + map.Score;
            for (var k = 0; k < drawn.Length && pictures.Count < Shown; k++)
            {
                pictures.Add(AlignmentPicture.From(map, k, drawn[k].Id, images[k], grid.Columns) with { Description = Describe(drawn[k]) });
            }
        }

        return new AlignmentPictures(total!.Value, pictures);
    }

    private static string Describe(Scene scene)
    {
        var random = new SceneRandom(0, "description", scene.Index);
        return SceneCaptions.Describe(scene, CaptionStyle.Detailed, ref random);
    }
}
