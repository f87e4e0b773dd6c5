using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Torch.Serialization;

namespace Collimate.Models.Text.Bert;

/// <summary>The shape of a <see cref="BertModel"/>, as a Hugging Face <c>config.json</c> holds it.</summary>
public sealed record BertConfig
{
    /// <summary>Rows of the embedding matrix (<c>vocab_size</c>).</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream (<c>hidden_size</c>).</summary>
    public required int HiddenSize { get; init; }

    /// <summary>How many layers (<c>num_hidden_layers</c>).</summary>
    public required int LayerCount { get; init; }

    /// <summary>Attention heads (<c>num_attention_heads</c>).</summary>
    public required int HeadCount { get; init; }

    /// <summary>Width inside the feed-forward block (<c>intermediate_size</c>).</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>The longest text in tokens (<c>max_position_embeddings</c>).</summary>
    public int MaxPositions { get; init; } = 512;

    /// <summary>How many kinds of segments there are (<c>type_vocab_size</c>).</summary>
    public int TypeCount { get; init; } = 2;

    /// <summary>Non-linearity of the feed-forward blocks (<c>hidden_act</c>).</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Added to the variance in every layer norm (<c>layer_norm_eps</c>).</summary>
    public double NormEpsilon { get; init; } = 1e-12;

    /// <summary>Standard deviation of freshly drawn weights (<c>initializer_range</c>).</summary>
    public double InitialDeviation { get; init; } = 0.02;

    /// <summary>The token that fills up short texts; its vector is not trained (<c>pad_token_id</c>).</summary>
    public int PadTokenId { get; init; }

    /// <summary>Whether the model ends in a pooler; some checkpoints have none, which only their weights tell.</summary>
    public bool HasPooler { get; init; } = true;

    /// <summary>Reads the <c>config.json</c> of a BERT checkpoint.</summary>
    /// <exception cref="CheckpointException">The file is absent or malformed, or names something that is not supported.</exception>
    public static BertConfig Load(string file) => Read(ConfigSection.Load(file));

    /// <summary>Reads a configuration that stands inside another file.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="file">The file it stands in, for messages.</param>
    /// <exception cref="CheckpointException">An entry is malformed or names something that is not supported.</exception>
    public static BertConfig FromJson(JsonElement json, string file = "config.json") => Read(ConfigSection.FromJson(json, file));

    /// <summary>The entries of a Hugging Face <c>config.json</c>.</summary>
    public JsonObject ToJson() => new()
    {
        ["architectures"] = new JsonArray("BertModel"),
        ["model_type"] = "bert",
        ["vocab_size"] = VocabularySize,
        ["hidden_size"] = HiddenSize,
        ["intermediate_size"] = IntermediateSize,
        ["num_hidden_layers"] = LayerCount,
        ["num_attention_heads"] = HeadCount,
        ["max_position_embeddings"] = MaxPositions,
        ["type_vocab_size"] = TypeCount,
        ["hidden_act"] = Activations.NameOf(Activation),
        ["layer_norm_eps"] = NormEpsilon,
        ["initializer_range"] = InitialDeviation,
        ["position_embedding_type"] = "absolute",
        ["pad_token_id"] = PadTokenId,
        ["torch_dtype"] = "float32",
    };

    internal static BertConfig Read(ConfigSection config)
    {
        if (config.Text("model_type") != "bert")
        {
            throw config.Wrong("model_type", "bert");
        }

        if (config.Text("position_embedding_type") is not (null or "absolute"))
        {
            throw config.Wrong("position_embedding_type", "absolute; relative positions are not supported");
        }

        if (config.Flag("is_decoder", false))
        {
            throw config.Wrong("is_decoder", "false; only encoders are supported");
        }

        var hidden = config.Count("hidden_size", 768);
        var heads = config.Count("num_attention_heads", 12);
        if (hidden % heads != 0)
        {
            throw config.Wrong("num_attention_heads", $"a divisor of hidden_size, {hidden}");
        }

        return new BertConfig
        {
            VocabularySize = config.Count("vocab_size", 30522),
            HiddenSize = hidden,
            IntermediateSize = config.Count("intermediate_size", 3072),
            LayerCount = config.Count("num_hidden_layers", 12, ConfigSection.MostLayers),
            HeadCount = heads,
            MaxPositions = config.Count("max_position_embeddings", 512),
            TypeCount = config.Count("type_vocab_size", 2),
            Activation = config.Activation("hidden_act", Activation.Gelu),
            NormEpsilon = config.Positive("layer_norm_eps", 1e-12),
            InitialDeviation = config.Positive("initializer_range", 0.02),
            PadTokenId = config.OptionalInt("pad_token_id") ?? 0,
        };
    }
}
