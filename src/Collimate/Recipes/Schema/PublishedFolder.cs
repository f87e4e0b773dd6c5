using Collimate.Alignment;
using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Models.Text;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Recipes.Schema;

/// <summary>A checkpoint folder in Hugging Face's layout whose model is chosen by its <c>model_type</c>.</summary>
public static class PublishedFolder
{
    private static readonly Dictionary<string, (Func<string, Module> Load, string What)> Kinds = new()
    {
        ["llava"] = (LlavaModel.Load, "LLaVA model"),
        ["llama"] = (folder => CausalLanguageModel.Load(folder), "decoder"),
        ["qwen2"] = (folder => CausalLanguageModel.Load(folder), "decoder"),
        ["clip"] = (DualEncoder.Load, "dual encoder"),
        ["siglip"] = (DualEncoder.Load, "dual encoder"),
    };

    /// <summary>The folder itself or the <c>model</c> folder in it, if it is in that layout; null where it is one of ours, with a recipe, or holds no model.</summary>
    public static string? Find(string folder) => ((string[])[folder, Path.Combine(folder, "model")]).FirstOrDefault(
        place => File.Exists(CheckpointFolder.ConfigFile(place)) && !File.Exists(Path.Combine(place, ModelFolder.RecipeFile)));

    /// <summary>Reads the model.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The model, and what it is in words.</returns>
    /// <exception cref="CheckpointException">A file is absent or damaged, the tensors do not fit, or the <c>model_type</c> is none of those that are known here.</exception>
    public static (Module Model, string What) Load(string folder)
    {
        var config = ConfigSection.Load(CheckpointFolder.ConfigFile(folder));
        return Kinds.TryGetValue(config.Text("model_type") ?? "", out var kind)
            ? (kind.Load(folder), kind.What)
            : throw config.Wrong("model_type", $"one of {string.Join(", ", Kinds.Keys)}, which can be read and written");
    }
}
