using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Data.Scenes;
using Collimate.Models.Language;
using Collimate.Tokenization;

namespace Collimate.Recipes.Schema;

/// <summary>A decoder with what belongs to it.</summary>
/// <param name="Model">The decoder.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Template">How conversations are written for it.</param>
public sealed record LanguagePart(CausalLanguageModel Model, ITokenizer Tokenizer, ChatTemplate Template);

/// <summary>The decoders a recipe may name.</summary>
public static class LanguageParts
{
    /// <summary>The table of decoders.</summary>
    public static SeamTable<SeamContext, LanguagePart> Table { get; } = new SeamTable<SeamContext, LanguagePart>("language")
        .Register<CheckpointLanguageOptions>("checkpoint", FromCheckpoint)
        .Register<FreshLanguageOptions>("fresh", Fresh);

    private static LanguagePart FromCheckpoint(CheckpointLanguageOptions options, SeamContext context)
    {
        var folder = context.LanguageFolder(options.Path);
        var chosen = options.Template is null ? null : ChatTemplate.Find(options.Template) ?? throw new DataException(
            $"language.template is '{options.Template}'; known: {string.Join(", ", ChatTemplate.Known.Select(t => t.Name))}. Leave it out to take the template of {folder}");
        var (tokenizer, template) = TokenizerFolder.Load(folder, chosen);
        var model = context.ModelFolder is null ? CausalLanguageModel.Load(folder) : new CausalLanguageModel(LanguageConfig.Load(Path.Combine(folder, "config.json")));
        return new LanguagePart(model, tokenizer, template);
    }

    private static LanguagePart Fresh(FreshLanguageOptions options, SeamContext context)
    {
        if (context.ModelFolder is not null)
        {
            return FromCheckpoint(new CheckpointLanguageOptions { Path = "" }, context);
        }

        var tokenizer = SceneTokenizer.Train(SceneSampleSource.World, options.VocabularySize);
        var config = new LanguageConfig
        {
            VocabularySize = tokenizer.VocabularySize,
            HiddenSize = options.HiddenSize,
            LayerCount = options.Layers,
            HeadCount = options.Heads,
            KeyValueHeadCount = options.KeyValueHeads,
            HeadSize = options.HiddenSize / options.Heads,
            IntermediateSize = options.IntermediateSize,
            MaxPositions = options.ContextLength,
            RotaryTheta = options.RotaryTheta,
            TieEmbeddings = true,
            ProjectionBias = true,
            EosTokenIds = [tokenizer.EosId],
            PadTokenId = tokenizer.PadId,
        };
        return new LanguagePart(new CausalLanguageModel(config, context.Generator), tokenizer, ChatTemplate.Gym);
    }
}

/// <summary>A decoder from a checkpoint folder in Hugging Face's layout.</summary>
public sealed record CheckpointLanguageOptions
{
    /// <summary>The folder.</summary>
    public required string Path { get; init; }

    /// <summary>How conversations are written, by the name of a built-in template (<c>vicuna_v1</c>, <c>qwen</c>, <c>plain</c>, …); the folder's own where silent.</summary>
    public string? Template { get; init; }
}

/// <summary>A new Qwen2-style decoder with a tokenizer learnt on the gym's language.</summary>
public sealed record FreshLanguageOptions : IValidatedOptions
{
    /// <summary>Token ids in all.</summary>
    [RecipeRange(300)]
    public int VocabularySize { get; init; } = 1536;

    /// <summary>Width of the residual stream.</summary>
    [RecipeRange(8)]
    public int HiddenSize { get; init; } = 192;

    /// <summary>How many layers.</summary>
    [RecipeRange(1)]
    public int Layers { get; init; } = 6;

    /// <summary>Query heads.</summary>
    [RecipeRange(1)]
    public int Heads { get; init; } = 6;

    /// <summary>Key and value heads.</summary>
    [RecipeRange(1)]
    public int KeyValueHeads { get; init; } = 2;

    /// <summary>Width inside the feed-forward block.</summary>
    [RecipeRange(8)]
    public int IntermediateSize { get; init; } = 512;

    /// <summary>Positions.</summary>
    [RecipeRange(16)]
    public int ContextLength { get; init; } = 512;

    /// <summary>Base of the rotary frequencies.</summary>
    [RecipeRange(1)]
    public double RotaryTheta { get; init; } = 10000;

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (HiddenSize % Heads != 0 || HiddenSize / Heads % 2 != 0)
        {
            yield return (nameof(HiddenSize), $"must be an even multiple of heads ({Heads}), found {HiddenSize}.");
        }

        if (Heads % KeyValueHeads != 0)
        {
            yield return (nameof(KeyValueHeads), $"must divide heads ({Heads}), found {KeyValueHeads}.");
        }
    }
}
