using System.Text.Json;
using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Fusion;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Tokenization;
using Collimate.Torch.Serialization;

namespace Collimate.Recipes.Schema;

/// <summary>A decoder's checkpoint in Hugging Face's layout as a model that can be spoken to without pictures, and what such folders have in common with LLaVA's.</summary>
internal static class DecoderFolder
{
    /// <summary>The file that says how a checkpoint generates.</summary>
    public const string GenerationFile = "generation_config.json";

    private const string TokenizerConfig = "tokenizer_config.json";

    private static readonly string[] TemplateKeys = ["chat_template", "collimate_template"];
    private static readonly string[] TemplateFiles = ["chat_template.jinja", "chat_template.json"];

    /// <summary>Reads a checkpoint folder.</summary>
    /// <param name="folder">The folder.</param>
    public static BuiltModel Load(string folder)
    {
        var config = LanguageConfig.Load(CheckpointFolder.ConfigFile(folder));
        var (tokenizer, template) = ReadTokenizer(folder, config.Family == LanguageFamily.Qwen2 ? ChatTemplate.ChatMl : ChatTemplate.Vicuna);
        var language = CausalLanguageModel.Load(folder, WithStopTokens(config, folder));
        var pad = tokenizer.PadOrNone() ?? 0;
        var model = new VisionLanguageModel(
            new NoConditioning(), new NoTower(), new IdentityConnector(), language, new ConcatComposition(), new CausalAttention(), new NoFusion(), pad);
        return new BuiltModel(model, tokenizer, template, null);
    }

    /// <summary>Reads a folder's tokenizer and its chat template, or takes a template where the folder brings none.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="otherwise">The template for a folder without one.</param>
    public static (ITokenizer Tokenizer, ChatTemplate Template) ReadTokenizer(string folder, ChatTemplate otherwise) =>
        TokenizerFolder.Load(folder, HasTemplate(folder) ? null : otherwise);

    /// <summary>Adds the tokens that <c>generation_config.json</c> lets an answer end with: newer checkpoints name more of them there than in their configuration.</summary>
    public static LanguageConfig WithStopTokens(LanguageConfig config, string folder)
    {
        var file = Path.Combine(folder, GenerationFile);
        return File.Exists(file) ? config with { EosTokenIds = [.. config.EosTokenIds.Union(ConfigSection.Load(file).Ints("eos_token_id"))] } : config;
    }

    private static bool HasTemplate(string folder)
    {
        if (TemplateFiles.Any(name => File.Exists(Path.Combine(folder, name))))
        {
            return true;
        }

        var file = Path.Combine(folder, TokenizerConfig);
        if (!File.Exists(file))
        {
            return false; // the tokenizer's own reader says what is missing
        }

        using var document = TokenizerJsonReader.Open(file);
        return document.RootElement.ValueKind == JsonValueKind.Object
            && TemplateKeys.Any(key => document.RootElement.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null);
    }
}
