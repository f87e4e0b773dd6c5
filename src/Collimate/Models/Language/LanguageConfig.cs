using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Torch.Serialization;

namespace Collimate.Models.Language;

/// <summary>The shape of a <see cref="CausalLanguageModel"/>, as a Hugging Face <c>config.json</c> holds it.</summary>
public sealed record LanguageConfig
{
    /// <summary>Standard deviation of freshly drawn weights, the <c>initializer_range</c> of both families.</summary>
    internal const double InitialDeviation = 0.02;

    /// <summary>Which family the configuration file names.</summary>
    public LanguageFamily Family { get; init; } = LanguageFamily.Qwen2;

    /// <summary>Rows of the embedding matrix (<c>vocab_size</c>).</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream (<c>hidden_size</c>).</summary>
    public required int HiddenSize { get; init; }

    /// <summary>How many layers (<c>num_hidden_layers</c>).</summary>
    public required int LayerCount { get; init; }

    /// <summary>Query heads (<c>num_attention_heads</c>).</summary>
    public required int HeadCount { get; init; }

    /// <summary>Key and value heads, each shared by a group of query heads (<c>num_key_value_heads</c>).</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Width of one head (<c>head_dim</c>; <c>hidden_size / num_attention_heads</c> where the file is silent).</summary>
    public required int HeadSize { get; init; }

    /// <summary>Width inside the feed-forward block (<c>intermediate_size</c>).</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Positions the model was trained for (<c>max_position_embeddings</c>).</summary>
    public int MaxPositions { get; init; } = 2048;

    /// <summary>Added to the mean square before its root is taken (<c>rms_norm_eps</c>).</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>Base of the rotary frequencies (<c>rope_theta</c>).</summary>
    public double RotaryTheta { get; init; } = 10000;

    /// <summary>Positions are divided by this before rotation (<c>rope_scaling</c> of type <c>linear</c>); 1 is no scaling.</summary>
    public double RotaryScaling { get; init; } = 1;

    /// <summary>True when the head that makes logits is the embedding matrix itself (<c>tie_word_embeddings</c>).</summary>
    public bool TieEmbeddings { get; init; }

    /// <summary>Biases on query, key and value (always for Qwen2; <c>attention_bias</c> for Llama).</summary>
    public bool ProjectionBias { get; init; }

    /// <summary>A bias on the attention's output projection (<c>attention_bias</c> for Llama).</summary>
    public bool OutputBias { get; init; }

    /// <summary>Biases in the feed-forward block (<c>mlp_bias</c>).</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>Token that opens a text, where the family has one.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>Tokens that end a text.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>Token that fills up short rows, where the file names one.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>Reads a configuration file.</summary>
    /// <param name="file">Path of a <c>config.json</c>.</param>
    /// <exception cref="CheckpointException">The file is absent or malformed, or names something that is not supported.</exception>
    public static LanguageConfig Load(string file) => Read(ConfigSection.Load(file));

    /// <summary>Reads a configuration that stands inside another file, such as the <c>text_config</c> of a LLaVA checkpoint.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="file">The file it stands in, for messages.</param>
    /// <exception cref="CheckpointException">An entry is malformed or names something that is not supported.</exception>
    public static LanguageConfig FromJson(JsonElement json, string file = "config.json") => Read(ConfigSection.FromJson(json, file));

    /// <summary>The entries of a Hugging Face <c>config.json</c>.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(Family == LanguageFamily.Qwen2 ? "Qwen2ForCausalLM" : "LlamaForCausalLM"),
            ["model_type"] = Family == LanguageFamily.Qwen2 ? "qwen2" : "llama",
            ["hidden_act"] = "silu",
            ["vocab_size"] = VocabularySize,
            ["hidden_size"] = HiddenSize,
            ["intermediate_size"] = IntermediateSize,
            ["num_hidden_layers"] = LayerCount,
            ["num_attention_heads"] = HeadCount,
            ["num_key_value_heads"] = KeyValueHeadCount,
            ["head_dim"] = HeadSize,
            ["max_position_embeddings"] = MaxPositions,
            ["rms_norm_eps"] = NormEpsilon,
            ["rope_theta"] = RotaryTheta,
            ["rope_scaling"] = RotaryScaling == 1 ? null : new JsonObject { ["type"] = "linear", ["factor"] = RotaryScaling },
            ["tie_word_embeddings"] = TieEmbeddings,
            ["bos_token_id"] = BosTokenId,
            ["eos_token_id"] = EosTokenIds.Count switch { 0 => null, 1 => EosTokenIds[0], _ => new JsonArray([.. EosTokenIds.Select(id => (JsonNode)id)]) },
            ["pad_token_id"] = PadTokenId,
            ["torch_dtype"] = "float32",
        };
        if (Family == LanguageFamily.Llama)
        {
            json["attention_bias"] = ProjectionBias;
            json["mlp_bias"] = FeedForwardBias;
        }
        else
        {
            json["use_sliding_window"] = false;
        }

        return json;
    }

    internal static LanguageConfig Read(ConfigSection config, string? assumed = null)
    {
        var family = (config.Text("model_type") ?? assumed) switch
        {
            "qwen2" => LanguageFamily.Qwen2,
            "llama" => LanguageFamily.Llama,
            _ => throw config.Wrong("model_type", "qwen2 or llama"),
        };
        var qwen = family == LanguageFamily.Qwen2;
        if (config.Activation("hidden_act", Activation.Silu) != Activation.Silu)
        {
            throw config.Wrong("hidden_act", "silu, the only gate these families use");
        }

        if (config.Flag("use_sliding_window", false))
        {
            throw config.Wrong("use_sliding_window", "false; attention over a sliding window is not supported");
        }

        // Newer files gather the rotary entries in "rope_parameters".
        var rotary = config.Section("rope_parameters") ?? config;
        var bias = config.Flag("attention_bias", false);
        var hidden = config.Count("hidden_size", 4096);
        var heads = config.Count("num_attention_heads", 32);
        var keyValueHeads = config.Count("num_key_value_heads", qwen ? 32 : heads);
        if (heads % keyValueHeads != 0)
        {
            throw config.Wrong("num_key_value_heads", $"a divisor of num_attention_heads, {heads}");
        }

        if (!config.Has("head_dim") && hidden % heads != 0)
        {
            throw config.Wrong("num_attention_heads", $"a divisor of hidden_size, {hidden}, as head_dim is absent");
        }

        return new LanguageConfig
        {
            Family = family,
            VocabularySize = config.Count("vocab_size", qwen ? 151936 : 32000),
            HiddenSize = hidden,
            LayerCount = config.Count("num_hidden_layers", 32, ConfigSection.MostLayers),
            HeadCount = heads,
            KeyValueHeadCount = keyValueHeads,
            HeadSize = config.Count("head_dim", hidden / heads),
            IntermediateSize = config.Count("intermediate_size", qwen ? 22016 : 11008),
            MaxPositions = config.Count("max_position_embeddings", qwen ? 32768 : 2048),
            NormEpsilon = config.Positive("rms_norm_eps", 1e-6),
            RotaryTheta = rotary.Positive("rope_theta", 10000),
            RotaryScaling = ReadScaling(config),
            TieEmbeddings = config.Flag("tie_word_embeddings", false),
            ProjectionBias = qwen || bias,
            OutputBias = !qwen && bias,
            FeedForwardBias = config.Flag("mlp_bias", false),
            BosTokenId = config.OptionalInt("bos_token_id"),
            EosTokenIds = config.Ints("eos_token_id"),
            PadTokenId = config.OptionalInt("pad_token_id"),
        };
    }

    private static double ReadScaling(ConfigSection config)
    {
        var scaling = config.Section("rope_parameters") ?? config.Section("rope_scaling");
        var kind = scaling is null ? "default" : scaling.Text("rope_type") ?? scaling.Text("type") ?? "default";
        return kind switch
        {
            "default" => 1,
            "linear" => scaling!.Positive("factor", 1),
            _ => throw config.Wrong("rope_scaling", "type linear or default; other kinds are not supported"),
        };
    }
}
