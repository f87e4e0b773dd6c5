using Collimate.Alignment.Composition.TokenMixer;
using Collimate.Data.Conversations;
using Collimate.Models;
using Collimate.Models.Llava;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Recipes.Schema;

/// <summary>A trained vision-language model on disk, whole in one folder: its recipe, the configurations of its parts, and all weights.</summary>
/// <remarks>
/// <c>recipe.yaml</c> names the choices at the seams; <c>vision/</c> and <c>language/</c> hold configurations, preprocessing and tokenizer in
/// Hugging Face's layout; <c>model.safetensors</c> holds every weight under the names of Hugging Face's LLaVA, and <c>adapters/</c> each adapter
/// in a folder of its own, in PEFT's format.
/// </remarks>
public static class ModelFolder
{
    /// <summary>The recipe's file name.</summary>
    public const string RecipeFile = "recipe.yaml";

    /// <summary>The weights' file name.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>Writes a model. The weights come last, so that a folder without them is known to be incomplete.</summary>
    /// <param name="folder">The folder; made where absent.</param>
    /// <param name="built">The model.</param>
    /// <param name="document">The recipe it was made by.</param>
    public static void Save(string folder, BuiltModel built, RecipeDocument document)
    {
        Directory.CreateDirectory(folder);
        RecipeSnapshot.Write(document, Path.Combine(folder, RecipeFile));
        VisionParts.Save(built.Model.Vision, built.Processor, folder);
        ReaderParts.Save(ReaderParts.Of(built.Model.Conditioning), folder, ConditioningParts.Place);
        ReaderParts.Save(ReaderParts.Of(built.Model.Connector), folder, ConnectorParts.Place);
        if (built.Llava is { } llava)
        {
            ConfigSection.Save(llava.ToJson(), CheckpointFolder.ConfigFile(folder)); // what "from" in the recipe stands for
        }

        var language = Directory.CreateDirectory(Path.Combine(folder, "language")).FullName;
        ConfigSection.Save(built.Model.Language.Config.ToJson(), Path.Combine(language, "config.json"));
        TokenizerFolder.Save(language, built.Tokenizer, built.Template, built.Model.Language.Config.MaxPositions);
        if (built.Model.Composition is TokenMixerComposition { Words: { } space })
        {
            space.SaveShape(Path.Combine(folder, SimilarityParts.Folder));
        }

        AdapterParts.Save(built.Model, folder);
        using var scope = new TensorScope();
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), built.Model.StateDict(), new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>Reads a model: one of ours, a LLaVA checkpoint in Hugging Face's layout, or a decoder alone in it, which can be spoken to without pictures.</summary>
    /// <param name="folder">The folder, or that of a run that holds it.</param>
    /// <exception cref="CheckpointException">The folder holds no model, or one that does not fit its configuration.</exception>
    public static BuiltModel Load(string folder)
    {
        if (Own(folder) is { } own)
        {
            var recipe = RecipeDocument.Load(Path.Combine(own, RecipeFile)).Bind<Recipe>();
            var built = ModelBuilder.Build(recipe.Model, own, recipe.Seed, modelFolder: own);
            try
            {
                LoadWeights(built, Path.Combine(own, WeightsFile));
                return built;
            }
            catch
            {
                built.Dispose();
                throw;
            }
        }

        var config = CheckpointFolder.ConfigFile(folder);
        return (File.Exists(config) ? ConfigSection.Load(config) : throw Absent(folder)) switch
        {
            var found when found.Text("model_type") == LlavaConfig.ModelType => LlavaFolder.Load(folder),
            var found when found.Text("model_type") is "llama" or "qwen2" => DecoderFolder.Load(folder),
            var found => throw found.Wrong("model_type", "llava, llama or qwen2, which can be spoken to"),
        };
    }

    /// <summary>Takes over weights from a file that <see cref="Save"/> wrote, and the adapters beside it.</summary>
    public static void LoadWeights(BuiltModel built, string file)
    {
        using var scope = new TensorScope();
        using var reader = SafetensorsReader.Open(file);
        built.Model.LoadStateDict(reader.ReadAll(), strict: true, origin: file);
        AdapterParts.Load(built.Model, Path.GetDirectoryName(Path.GetFullPath(file))!);
    }

    /// <summary>The folder itself, the finished model of a run, or the run's newest checkpoint.</summary>
    /// <exception cref="CheckpointException">None of them is there.</exception>
    public static string Find(string folder) => Own(folder) ?? throw Absent(folder);

    /// <summary>The same, or null where none is there.</summary>
    internal static string? Own(string folder)
    {
        string[] candidates = [folder, Path.Combine(folder, "model"), .. Training.RunCheckpoint.FoldersOf(folder).Reverse()];
        return candidates.FirstOrDefault(c => File.Exists(Path.Combine(c, WeightsFile)) && File.Exists(Path.Combine(c, RecipeFile)));
    }

    private static CheckpointException Absent(string folder) => new(
        $"{folder}: no model is there ({WeightsFile} beside {RecipeFile}, in the folder itself, in model/ or in checkpoints/; or config.json of a LLaVA, Llama or Qwen2 checkpoint). Give the folder of a run, such as runs/demo.");
}
