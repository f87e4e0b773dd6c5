using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Models.Llava;
using Collimate.Tokenization;
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

    private static LlavaConfig Read(string folder)
    {
        var config = LlavaConfig.Load(CheckpointFolder.ConfigFile(folder));
        return config with { Language = DecoderFolder.WithStopTokens(config.Language, folder) };
    }

    private static (BytePairTokenizer Tokenizer, ChatTemplate Template) ReadTokenizer(string folder, LlavaConfig config)
    {
        var template = config.Language.Family == LanguageFamily.Qwen2 ? ChatTemplate.ChatMl : ChatTemplate.Vicuna;
        var (tokenizer, found) = DecoderFolder.ReadTokenizer(folder, template);
        return (WithImageToken(tokenizer, config), found);
    }

    // Tokenizer files older than the picture's own entry in them leave its token to the model's configuration.
    private static BytePairTokenizer WithImageToken(BytePairTokenizer tokenizer, LlavaConfig config) =>
        tokenizer.ImageId is null && config.ImageTokenId < tokenizer.VocabularySize
            ? tokenizer.Named(tokenizer.Model.PadToken, tokenizer.Model.EosToken, tokenizer.IdToToken(config.ImageTokenId), tokenizer.Model.BosToken)
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
