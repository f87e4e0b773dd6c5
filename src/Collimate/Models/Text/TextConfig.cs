using System.Text.Json.Nodes;
using Collimate.Models.Vision;

namespace Collimate.Models.Text;

/// <summary>The shape of a <see cref="TextTransformer"/>, as the <c>text_config</c> of a Hugging Face CLIP or SigLIP configuration holds it.</summary>
public sealed record TextConfig
{
    /// <summary>SigLIP's or CLIP's arrangement.</summary>
    public EncoderFamily Family { get; init; } = EncoderFamily.Siglip;

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
    public int MaxPositions { get; init; } = 64;

    /// <summary>Non-linearity of the feed-forward blocks (<c>hidden_act</c>).</summary>
    public Activation Activation { get; init; } = Activation.GeluTanh;

    /// <summary>Added to the variance in every layer norm (<c>layer_norm_eps</c>).</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>Width of SigLIP's text head (<c>projection_size</c>; the hidden size where the file is silent).</summary>
    public int? ProjectionSize { get; init; }

    /// <summary>
    /// SigLIP: whether a text whose padding is not read is pooled at its last token that is read. Published checkpoints pool at the last
    /// position even where that is padding, so files without the entry (<c>pool_last_valid</c>, our own) mean false.
    /// </summary>
    public bool PoolsLastValid { get; init; } = true;

    /// <summary>The token that ends a text; CLIP pools there (<c>eos_token_id</c>).</summary>
    public int EosTokenId { get; init; } = 49407;

    /// <summary>The token that fills up short texts (<c>pad_token_id</c>).</summary>
    public int PadTokenId { get; init; } = 1;

    /// <summary>The token that opens a text (<c>bos_token_id</c>).</summary>
    public int BosTokenId { get; init; } = 49406;

    /// <summary>The entries of a Hugging Face text configuration.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["model_type"] = Family == EncoderFamily.Siglip ? "siglip_text_model" : "clip_text_model",
            ["vocab_size"] = VocabularySize,
            ["hidden_size"] = HiddenSize,
            ["intermediate_size"] = IntermediateSize,
            ["num_hidden_layers"] = LayerCount,
            ["num_attention_heads"] = HeadCount,
            ["max_position_embeddings"] = MaxPositions,
            ["hidden_act"] = Activations.NameOf(Activation),
            ["layer_norm_eps"] = NormEpsilon,
            ["bos_token_id"] = BosTokenId,
            ["eos_token_id"] = EosTokenId,
            ["pad_token_id"] = PadTokenId,
        };
        if (Family == EncoderFamily.Siglip && PoolsLastValid)
        {
            json["pool_last_valid"] = true;
        }

        if (ProjectionSize is { } size)
        {
            json["projection_size"] = size;
        }

        return json;
    }

    internal static TextConfig Read(ConfigSection config, EncoderFamily family)
    {
        var siglip = family == EncoderFamily.Siglip;
        var read = new TextConfig
        {
            Family = family,
            VocabularySize = config.Count("vocab_size", siglip ? 32000 : 49408),
            HiddenSize = config.Count("hidden_size", siglip ? 768 : 512),
            IntermediateSize = config.Count("intermediate_size", siglip ? 3072 : 2048),
            LayerCount = config.Count("num_hidden_layers", 12, ConfigSection.MostLayers),
            HeadCount = config.Count("num_attention_heads", siglip ? 12 : 8),
            MaxPositions = config.Count("max_position_embeddings", siglip ? 64 : 77),
            Activation = config.Activation("hidden_act", siglip ? Activation.GeluTanh : Activation.QuickGelu),
            NormEpsilon = config.Positive("layer_norm_eps", siglip ? 1e-6 : 1e-5),
            ProjectionSize = siglip ? config.OptionalInt("projection_size") : null,
            PoolsLastValid = !siglip || config.Flag("pool_last_valid", false),
            EosTokenId = config.OptionalInt("eos_token_id") ?? 49407,
            PadTokenId = config.OptionalInt("pad_token_id") ?? 1,
            BosTokenId = config.OptionalInt("bos_token_id") ?? 49406,
        };
        return read.HiddenSize % read.HeadCount == 0
            ? read
            : throw config.Wrong("num_attention_heads", $"a divisor of hidden_size, {read.HiddenSize}");
    }
}
