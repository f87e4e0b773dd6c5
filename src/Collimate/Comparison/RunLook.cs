using System.Text.Json;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Data.Scenes;
using Collimate.Inspection;
using Collimate.Inspection.Orders;
using Collimate.Recipes.Schema;
using Collimate.Reports;
using Collimate.Reports.Orders;
using Collimate.Semantics;
using Collimate.Torch.Serialization;
using PatchWord = Collimate.Reports.PatchWord;

namespace Collimate.Comparison;

/// <summary>What a trained model makes of a few scenes, to be laid beside other models' on the same scenes: the words of its visual tokens, and their order.</summary>
public sealed record RunLook
{
    /// <summary>The file's name in a run's folder.</summary>
    public const string FileName = "look.json";

    /// <summary>How many scenes are looked at.</summary>
    public const int Scenes = 2;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The words of each scene's visual tokens; empty for a model that has none to compare with words.</summary>
    public required IReadOnlyList<WordsOfScene> Words { get; init; }

    /// <summary>The order of the first scene's tokens for its first question, as a drawing (SVG); null where the model is shown no picture.</summary>
    public string? Order { get; init; }

    /// <summary>How many image tokens stand elsewhere than where concatenation puts them.</summary>
    public int Moved { get; init; }

    /// <summary>Lets a model look.</summary>
    /// <param name="built">The model.</param>
    /// <param name="scenes">The scenes.</param>
    /// <param name="question">What is asked about the first.</param>
    public static RunLook Of(BuiltModel built, IReadOnlyList<Scene> scenes, string question)
    {
        built.Model.SetTraining(false);
        IReadOnlyList<WordsOfScene> words = VisualReader.Obstacle(built) is not null ? [] :
            [.. RecalledWords.OfScenes(built, CandidateWord.Of(WordList.Scenes, built.Tokenizer), scenes, top: 1).Select(AlignmentPicture.From).Zip(scenes, (picture, scene) => WordsOfScene.Of(scene, picture))];
        if (built.Processor is null)
        {
            return new RunLook { Words = words };
        }

        var order = TokenOrderView.Of(built, SceneSamples.WithPicture(scenes[0], [(question, "")]));
        return new RunLook
        {
            Words = words, Order = order.Pictures.Count == 0 ? null : OrderDrawing.Svg(order), Moved = order.Runs.Where(run => run.Kind == TokenKind.Image && run.HasMoved).Sum(run => run.Patches.Count),
        };
    }

    /// <summary>Reads what a run saw, or null where an older version kept nothing.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="DataException">The file is damaged.</exception>
    public static RunLook? Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<RunLook>(File.ReadAllBytes(path), Json) : null;
        }
        catch (JsonException damage)
        {
            throw new DataException(path, $"this is not what a compared run writes ({damage.Message}); delete the file, and compare looks again", DataFault.Source);
        }
    }

    /// <summary>Writes it; the file appears whole.</summary>
    /// <param name="folder">The run's folder.</param>
    public void Save(string folder) => WholeFile.Write(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, Json));
}

/// <summary>The words of a scene's visual tokens.</summary>
/// <param name="Scene">The scene's number within the held-out compositions.</param>
/// <param name="Columns">Tokens across.</param>
/// <param name="LiesOnPicture">Whether tokens lie on the picture as they are listed.</param>
/// <param name="Tokens">The tokens in raster order.</param>
public sealed record WordsOfScene(int Scene, int Columns, bool LiesOnPicture, IReadOnlyList<PatchWord> Tokens)
{
    internal static WordsOfScene Of(Scene scene, AlignmentPicture picture) =>
        new((int)scene.Index, picture.Columns, picture.LiesOnPicture, [.. picture.Patches.Select(patch => patch with { Next = [] })]);

    /// <summary>The words with their picture, to be drawn.</summary>
    /// <param name="scene">The scene.</param>
    internal AlignmentPicture On(Scene scene) =>
        new(scene.Id, SceneRenderer.Render(scene), Columns, Tokens.Count / Columns, Tokens) { LiesOnPicture = LiesOnPicture };
}
