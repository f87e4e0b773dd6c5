using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Torch.Serialization;

namespace Collimate.Models.Text.T5;

/// <summary>The shape of a <see cref="T5Encoder"/>, as a Hugging Face <c>config.json</c> holds it.</summary>
public sealed record T5Config
{
    /// <summary>Rows of the embedding matrix (<c>vocab_size</c>).</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream (<c>d_model</c>).</summary>
    public required int HiddenSize { get; init; }

    /// <summary>How many layers the encoder has (<c>num_layers</c>).</summary>
    public required int LayerCount { get; init; }

    /// <summary>Attention heads (<c>num_heads</c>).</summary>
    public required int HeadCount { get; init; }

    /// <summary>Width of one head, which need not have to do with the hidden size (<c>d_kv</c>).</summary>
    public required int HeadSize { get; init; }

    /// <summary>Width inside the feed-forward block (<c>d_ff</c>).</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Non-linearity of the feed-forward blocks (<c>dense_act_fn</c>, or the end of <c>feed_forward_proj</c>).</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>Whether a second product gates the first (<c>feed_forward_proj</c> begins with <c>gated</c>), as since T5 1.1.</summary>
    public bool IsGated { get; init; }

    /// <summary>How many distances attention tells apart, both directions together (<c>relative_attention_num_buckets</c>).</summary>
    public int BucketCount { get; init; } = 32;

    /// <summary>Distances from here on share the last bucket (<c>relative_attention_max_distance</c>).</summary>
    public int MaxDistance { get; init; } = 128;

    /// <summary>Added to the mean square before its root is taken (<c>layer_norm_epsilon</c>).</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>The token that fills up short texts (<c>pad_token_id</c>).</summary>
    public int PadTokenId { get; init; }

    /// <summary>The token that ends a text (<c>eos_token_id</c>).</summary>
    public int EosTokenId { get; init; } = 1;

    /// <summary>Reads the <c>config.json</c> of a T5 checkpoint.</summary>
    /// <exception cref="CheckpointException">The file is absent or malformed, or names something that is not supported.</exception>
    public static T5Config Load(string file) => Read(ConfigSection.Load(file));

    /// <summary>Reads a configuration that stands inside another file.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="file">The file it stands in, for messages.</param>
    /// <exception cref="CheckpointException">An entry is malformed or names something that is not supported.</exception>
    public static T5Config FromJson(JsonElement json, string file = "config.json") => Read(ConfigSection.FromJson(json, file));

    /// <summary>The entries of a Hugging Face <c>config.json</c>.</summary>
    public JsonObject ToJson() => new()
    {
        ["architectures"] = new JsonArray("T5EncoderModel"),
        ["model_type"] = "t5",
        ["vocab_size"] = VocabularySize,
        ["d_model"] = HiddenSize,
        ["d_kv"] = HeadSize,
        ["d_ff"] = IntermediateSize,
        ["num_layers"] = LayerCount,
        ["num_heads"] = HeadCount,
        ["relative_attention_num_buckets"] = BucketCount,
        ["relative_attention_max_distance"] = MaxDistance,
        ["layer_norm_epsilon"] = NormEpsilon,
        ["feed_forward_proj"] = (IsGated, Activation) switch { (true, Activation.GeluTanh) => "gated-gelu", (true, _) => $"gated-{ActivationName}", _ => ActivationName },
        ["dense_act_fn"] = ActivationName,
        ["is_gated_act"] = IsGated,
        ["is_encoder_decoder"] = false,
        ["pad_token_id"] = PadTokenId,
        ["eos_token_id"] = EosTokenId,
        ["torch_dtype"] = "float32",
    };

    private string ActivationName => Activation == Activation.GeluTanh ? "gelu_new" : Activations.NameOf(Activation);

    internal static T5Config Read(ConfigSection config)
    {
        if (config.Text("model_type") != "t5")
        {
            throw config.Wrong("model_type", "t5");
        }

        var (activation, isGated) = ReadFeedForward(config);
        var read = new T5Config
        {
            VocabularySize = config.Count("vocab_size", 32128),
            HiddenSize = config.Count("d_model", 512),
            HeadSize = config.Count("d_kv", 64),
            IntermediateSize = config.Count("d_ff", 2048),
            LayerCount = config.Count("num_layers", 6, ConfigSection.MostLayers),
            HeadCount = config.Count("num_heads", 8),
            Activation = activation,
            IsGated = isGated,
            BucketCount = config.Count("relative_attention_num_buckets", 32),
            MaxDistance = config.Count("relative_attention_max_distance", 128),
            NormEpsilon = config.Positive("layer_norm_epsilon", 1e-6),
            PadTokenId = config.OptionalInt("pad_token_id") ?? 0,
            EosTokenId = config.OptionalInt("eos_token_id") ?? 1,
        };
        if (read.BucketCount < 4)
        {
            throw config.Wrong("relative_attention_num_buckets", "at least 4: two for each direction");
        }

        return read.MaxDistance > read.BucketCount / 4
            ? read
            : throw config.Wrong("relative_attention_max_distance", $"more than a quarter of relative_attention_num_buckets, {read.BucketCount / 4}");
    }

    // "relu", "gated-gelu" and the like; for "gated-gelu" T5 has always meant the tanh approximation. The entries that newer files
    // hold besides have the last word, as in the reference implementation.
    private static (Activation Activation, bool IsGated) ReadFeedForward(ConfigSection config)
    {
        const string expected = "an activation such as relu or gelu, or gated- and an activation, such as gated-gelu";
        var projection = config.Text("feed_forward_proj") ?? "relu";
        var isGated = projection.StartsWith("gated-", StringComparison.Ordinal);
        var name = projection == "gated-gelu" ? "gelu_new" : isGated ? projection["gated-".Length..] : projection;
        return Activations.ByName.TryGetValue(name, out var activation)
            ? (config.Activation("dense_act_fn", activation), config.Flag("is_gated_act", isGated))
            : throw config.Wrong("feed_forward_proj", expected);
    }
}
