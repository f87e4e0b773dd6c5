using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Models.Llava;
using Collimate.Models.Vision;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Inspection.Checkpoints;

/// <summary>Tells what a checkpoint folder holds and needs from its configuration and the headers of its weights; no weight is read.</summary>
public static class CheckpointInspector
{
    private const int LongestRow = 2048;
    private const int Fp32 = 4;

    private static readonly string[] DecoderTypes = ["llama", "qwen2"];
    private static readonly string[] DualTypes = ["clip", "siglip"];

    /// <summary>Looks into a folder.</summary>
    /// <param name="folder">A checkpoint in Hugging Face's layout of any family, or a model or run of ours.</param>
    /// <exception cref="CheckpointException">A file is absent or malformed.</exception>
    public static CheckpointInfo Inspect(string folder)
    {
        var own = ModelFolder.Own(folder);
        var place = own ?? PublishedFolder.Find(folder) ?? folder;
        var shape = own is null ? Published(place) : Own(place);
        using var reader = SafetensorsReader.OpenFolder(place);
        var tensors = reader.Describe();
        var parts = tensors
            .Where(tensor => tensor.Type.IsFloatingPoint())
            .GroupBy(tensor => PartOf(shape.ModelType, tensor.Name))
            .OrderBy(part => part.Key, StringComparer.Ordinal)
            .Select(part => new PartInfo(part.Key, part.Sum(t => t.ElementCount), [.. part.Select(t => Word(t.Type)).Distinct().Order(StringComparer.Ordinal)], part.Sum(t => t.Bytes)))
            .ToArray();
        var files = tensors.Select(tensor => tensor.File).Distinct().Select(file => new WeightFile(Path.GetFileName(file), new FileInfo(file).Length)).ToArray();
        return new CheckpointInfo(
            place, shape.ModelType, shape.ContextLength, shape.TokensPerImage, files, parts,
            [Inference("fp32", Fp32, parts, shape), Inference("bf16", 2, parts, shape)],
            [.. shape.Stages(parts).Select(stage => Training(stage.Name, stage.Learns, parts, shape))]);
    }

    private static Shape Published(string place)
    {
        var config = ConfigSection.Load(CheckpointFolder.ConfigFile(place));
        var type = config.Text("model_type") ?? throw config.Wrong("model_type", "the name of a model family");
        if (type == LlavaConfig.ModelType)
        {
            var llava = LlavaConfig.Read(config);
            return new Shape(type, llava.Language.MaxPositions, llava.TokensPerImage, llava.Language, llava.Vision, parts =>
                [("align", ["connector"]), ("instruct", ["connector", "language"]), ("everything", [.. parts.Select(part => part.Name)])]);
        }

        var language = DecoderTypes.Contains(type) ? LanguageConfig.Read(config) : null;
        var vision = DualTypes.Contains(type) || type is "clip_vision_model" or "siglip_vision_model" ? VisionConfig.ReadRoot(config) : null;
        var context = (config.Section("text_config") ?? config).OptionalInt("max_position_embeddings") ?? (DualTypes.Contains(type) ? (type == "clip" ? 77 : 64) : language?.MaxPositions);
        return new Shape(type, context, null, language, vision, parts => [("everything", [.. parts.Select(part => part.Name)])]);
    }

    private static Shape Own(string place)
    {
        var recipe = RecipeDocument.Load(Path.Combine(place, ModelFolder.RecipeFile)).Bind<Recipe>();
        var language = LanguageConfig.Load(CheckpointFolder.ConfigFile(Path.Combine(place, "language")));
        var eye = CheckpointFolder.ConfigFile(Path.Combine(place, "vision"));
        var vision = File.Exists(eye) ? VisionConfig.Load(eye) : null;
        int? perImage = File.Exists(CheckpointFolder.ConfigFile(place)) ? LlavaConfig.Load(CheckpointFolder.ConfigFile(place)).TokensPerImage : TokenCounts.OfOwn(recipe.Model, place);
        return new Shape("collimate", language.MaxPositions, perImage, language, vision, _ => [.. recipe.Stages.Select(stage => (stage.Name, stage.LearningRates.Keys.ToArray()))]);
    }

    private static string PartOf(string modelType, string name)
    {
        if (modelType is "collimate" or LlavaConfig.ModelType)
        {
            var published = LlavaNames.Published(name);
            return ModelParts.Known.FirstOrDefault(part => published.StartsWith(ModelParts.Prefix(part), StringComparison.Ordinal)) ?? "other";
        }

        return DecoderTypes.Contains(modelType) ? "language"
            : name.StartsWith("vision_model.", StringComparison.Ordinal) ? "vision"
            : name.StartsWith("text_model.", StringComparison.Ordinal) ? "text"
            : DualTypes.Contains(modelType) ? "joint space"
            : modelType;
    }

    private static InferenceMemory Inference(string precision, int size, IReadOnlyList<PartInfo> parts, Shape shape)
    {
        var perToken = shape.Language is { } decoder ? 2L * decoder.LayerCount * decoder.KeyValueHeadCount * decoder.HeadSize * size : (long?)null;
        return new InferenceMemory(precision, parts.Sum(part => part.ParameterCount) * size, perToken * 1000, perToken * shape.ContextLength);
    }

    private static TrainingMemory Training(string stage, IReadOnlyList<string> learns, IReadOnlyList<PartInfo> parts, Shape shape)
    {
        var all = parts.Sum(part => part.ParameterCount);
        var trained = parts.Where(part => learns.Contains(part.Name)).Sum(part => part.ParameterCount);
        var tokens = Math.Min(shape.ContextLength ?? shape.Vision?.PatchCount ?? LongestRow, LongestRow);
        return new TrainingMemory(
            stage, learns, trained, all - trained, all * Fp32, trained * Fp32, 2 * trained * Fp32, shape.Language is null ? shape.Vision?.PatchCount ?? tokens : tokens,
            Activations(learns, shape, tokens));
    }

    // What each layer keeps of a token for its backward pass: the inputs and outputs of its norms, of attention's projections, and of the
    // feed-forward block. A decoder keeps them for whatever learns before or in it; a tower only if it learns itself.
    private static long Activations(IReadOnlyList<string> learns, Shape shape, int tokens)
    {
        var floats = 0L;
        if (shape.Language is { } d)
        {
            var perLayer = (6L * d.HiddenSize) + (2L * d.HeadCount * d.HeadSize) + (2L * d.KeyValueHeadCount * d.HeadSize) + (3L * d.IntermediateSize);
            floats += tokens * d.LayerCount * perLayer;
        }

        if (shape.Vision is { } v && learns.Contains("vision"))
        {
            floats += v.PatchCount * (long)v.LayerCount * ((10L * v.HiddenSize) + (2L * v.IntermediateSize));
        }

        return floats * Fp32;
    }

    private static string Word(ScalarType type) => type switch
    {
        ScalarType.Float32 => "fp32", ScalarType.Float16 => "fp16", ScalarType.BFloat16 => "bf16", ScalarType.Float64 => "fp64", _ => $"{type}",
    };

    private sealed record Shape(
        string ModelType, int? ContextLength, int? TokensPerImage, LanguageConfig? Language, VisionConfig? Vision,
        Func<IReadOnlyList<PartInfo>, IReadOnlyList<(string Name, string[] Learns)>> Stages);
}
