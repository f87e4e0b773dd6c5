using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Alignment.Reasoning;
using Collimate.Data.Puzzles;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Recipes.Schema;

/// <summary>A trained reasoner on disk, whole in one folder: its recipe, its puzzles, the configurations of its parts, and all weights.</summary>
public static class ReasonerFolder
{
    private const string PuzzlesFile = "puzzles.json";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Converters = { new JsonStringEnumConverter() } };

    /// <summary>Writes a reasoner. The weights come last, so that a folder without them is known to be incomplete.</summary>
    /// <param name="folder">The folder; made where absent.</param>
    /// <param name="model">The reasoner.</param>
    /// <param name="document">The recipe it was made by.</param>
    public static void Save(string folder, ReasonerModel model, RecipeDocument document)
    {
        Directory.CreateDirectory(folder);
        RecipeSnapshot.Write(document, Path.Combine(folder, ModelFolder.RecipeFile));
        WholeFile.Write(Path.Combine(folder, PuzzlesFile), JsonSerializer.SerializeToUtf8Bytes(model.Head.Shape.Puzzles, Json));
        ReasonerParts.Save(model, folder);
        using var scope = new TensorScope();
        SafetensorsWriter.Write(Path.Combine(folder, ModelFolder.WeightsFile), model.StateDict(), new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>Reads a reasoner.</summary>
    /// <param name="folder">Its folder, or that of a run that holds it.</param>
    /// <returns>The reasoner and the recipe it was made by.</returns>
    /// <exception cref="CheckpointException">There is none, or it does not fit its configuration.</exception>
    public static (ReasonerModel Model, ReasonerRecipe Recipe) Load(string folder)
    {
        var own = Find(folder);
        var recipe = RecipeDocument.Load(Path.Combine(own, ModelFolder.RecipeFile)).Bind<ReasonerRecipe>();
        var model = ReasonerParts.Build(recipe, own, Puzzles(Path.Combine(own, PuzzlesFile)), [], modelFolder: own);
        try
        {
            LoadWeights(model, own);
            return (model, recipe);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Takes over the weights of a folder that <see cref="Save"/> wrote.</summary>
    /// <exception cref="CheckpointException">They are absent, damaged, or of another reasoner.</exception>
    public static void LoadWeights(ReasonerModel model, string folder)
    {
        var file = Path.Combine(folder, ModelFolder.WeightsFile);
        using var scope = new TensorScope();
        using var reader = SafetensorsReader.Open(file);
        model.LoadStateDict(reader.ReadAll(), strict: true, origin: file);
    }

    private static string Find(string folder)
    {
        string[] candidates = [folder, Path.Combine(folder, "model"), .. Training.RunCheckpoint.FoldersOf(folder).Reverse()];
        return candidates.FirstOrDefault(candidate => File.Exists(Path.Combine(candidate, ModelFolder.WeightsFile)) && File.Exists(Path.Combine(candidate, PuzzlesFile)))
            ?? throw new CheckpointException($"{folder}: no reasoner is there ({ModelFolder.WeightsFile} beside {PuzzlesFile}, in the folder itself, in model/ or in checkpoints/). Give the folder of a run of a recipe with reasoner:.");
    }

    private static IReadOnlyList<PuzzleKind> Puzzles(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<PuzzleKind[]>(File.ReadAllBytes(file), Json) ?? throw new JsonException("it is empty");
        }
        catch (JsonException wrong)
        {
            throw new CheckpointException($"{file}: not the list of puzzles that a reasoner's folder holds ({wrong.Message.TrimEnd('.')}); the file is damaged, so train anew or take another checkpoint", wrong);
        }
    }
}
