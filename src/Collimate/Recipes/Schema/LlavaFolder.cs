using System.Text.Json.Nodes;
using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Models.Llava;
using Collimate.Tokenization;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Recipes.Schema;

/// <summary>A LLaVA-1.5 checkpoint in Hugging Face's layout with everything needed to speak to it: weights, tokenizer, chat template, preprocessing.</summary>
public static class LlavaFolder
{
    /// <summary>Reads a checkpoint folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="CheckpointException">A file is absent or damaged, or the tensors do not fit the configuration.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are absent, not supported, or contradict the model's.</exception>
    /// <exception cref="ImageException">The preprocessing is absent or not supported.</exception>
    public static BuiltModel Load(string folder)
    {
        var config = Read(folder);
        var (tokenizer, template) = ReadTokenizer(folder, config);
        var processor = ReadProcessor(folder, config); // the small files first: a mistake in them is found before gigabytes are read
        return new BuiltModel(LlavaModel.Load(config, folder), tokenizer, template, processor) { Llava = config };
    }

    /// <summary>Writes a model as one checkpoint folder that loads here and in Hugging Face's libraries, where it is a model of LLaVA's kind.</summary>
    /// <param name="folder">The folder; made where absent.</param>
    /// <param name="built">The model.</param>
    /// <param name="type">The type in which floating-point weights are stored.</param>
    /// <param name="maxShardBytes">The most bytes of weights in a file.</param>
    /// <returns>Null when it is written; otherwise why a LLaVA checkpoint cannot hold the model, and nothing is written.</returns>
    public static string? Save(string folder, BuiltModel built, ScalarType type, long maxShardBytes = long.MaxValue)
    {
        var (tokenizer, language) = (built.Tokenizer, built.Model.Language.Config);
        var (described, reason) = LlavaModel.Describe(built.Model, tokenizer.ImageId ?? built.Llava?.ImageTokenId);
        if (described is null)
        {
            return reason;
        }

        Directory.CreateDirectory(folder);
        var config = described with
        {
            PadsPictures = built.Processor!.Transform.PadToSquare,
            Language = language with { PadTokenId = tokenizer.PadOrNone() ?? language.PadTokenId },
        };
        TokenizerFolder.Save(folder, tokenizer, built.Template, language.MaxPositions);
        built.Processor.Transform.Save(Path.Combine(folder, "preprocessor_config.json"));
        ConfigSection.Save(Processor(config, tokenizer), Path.Combine(folder, "processor_config.json"));
        ConfigSection.Save(Generation(config.Language, tokenizer), Path.Combine(folder, DecoderFolder.GenerationFile));
        ModelExport.Write(built.Model, config.ToJson(), folder, type, maxShardBytes);
        return null;
    }

    /// <summary>The model that a recipe starts from.</summary>
    /// <param name="folder">The checkpoint folder.</param>
    /// <param name="modelFolder">A trained model's folder, to take configurations (and no weights) from; null to read the checkpoint.</param>
    internal static BuiltModel Begin(string folder, string? modelFolder)
    {
        if (modelFolder is null)
        {
            return Load(folder);
        }

        var config = Read(modelFolder);
        var (tokenizer, template) = TokenizerFolder.Load(Path.Combine(modelFolder, "language"));
        var processor = ImageProcessor.Load(Path.Combine(modelFolder, "vision"));
        return new BuiltModel(LlavaModel.Create(config), WithImageToken(tokenizer, config), template, processor) { Llava = config };
    }

    // How many tokens the library's processor writes for a picture follows from these.
    private static JsonObject Processor(LlavaConfig config, ITokenizer tokenizer) => new()
    {
        ["processor_class"] = "LlavaProcessor",
        ["image_token"] = tokenizer.ImageId is { } id ? tokenizer.IdToToken(id) : ConversationRenderer.ImageMarker,
        ["patch_size"] = config.Vision.PatchSize,
        ["num_additional_image_tokens"] = config.Vision.HasClassToken ? 1 : 0,
        ["vision_feature_select_strategy"] = config.Selection == FeatureSelection.Full ? "full" : "default",
    };

    private static JsonObject Generation(LanguageConfig language, ITokenizer tokenizer)
    {
        int[] ends = [.. language.EosTokenIds.Union(tokenizer.EosOrNone() is { } eos ? [eos] : [])];
        return new JsonObject
        {
            ["bos_token_id"] = language.BosTokenId ?? tokenizer.BosId,
            ["eos_token_id"] = ends.Length switch { 0 => null, 1 => ends[0], _ => new JsonArray([.. ends.Select(id => (JsonNode)id)]) },
            ["pad_token_id"] = language.PadTokenId,
        };
    }

    private static LlavaConfig Read(string folder)
    {
        var config = LlavaConfig.Load(CheckpointFolder.ConfigFile(folder));
        return config with { Language = DecoderFolder.WithStopTokens(config.Language, folder) };
    }

    private static (ITokenizer Tokenizer, ChatTemplate Template) ReadTokenizer(string folder, LlavaConfig config)
    {
        var template = config.Language.Family == LanguageFamily.Qwen2 ? ChatTemplate.ChatMl : ChatTemplate.Vicuna;
        var (tokenizer, found) = DecoderFolder.ReadTokenizer(folder, template);
        return (WithImageToken(tokenizer, config), found);
    }

    // Tokenizer files older than the picture's own entry in them leave its token to the model's configuration.
    private static ITokenizer WithImageToken(ITokenizer tokenizer, LlavaConfig config) =>
        tokenizer.ImageId is null && config.ImageTokenId < tokenizer.VocabularySize
            ? tokenizer.Named(tokenizer.SpellingOf(tokenizer.PadOrNone()), tokenizer.SpellingOf(tokenizer.EosOrNone()), tokenizer.IdToToken(config.ImageTokenId), tokenizer.SpellingOf(tokenizer.BosId))
            : tokenizer;

    private static ImageProcessor ReadProcessor(string folder, LlavaConfig config)
    {
        var transform = ImageTransform.Load(folder);
        var processor = new ImageProcessor(config.PadsPictures ? transform with { PadToSquare = true } : transform);
        var side = config.Vision.ImageSize;
        return processor.OutputSize == new ImageSize(side, side) ? processor : throw new CheckpointException(
            $"{Path.Combine(folder, "preprocessor_config.json")}: pictures become {processor.OutputSize}, but vision_config in config.json takes {side} x {side}; use the file that belongs to the model");
    }
}
