using System.Text.Json.Nodes;

namespace Collimate.Models.Vision;

/// <summary>Translates Hugging Face's vision configurations to a <see cref="VisionConfig"/> and back, with each family's own names and defaults.</summary>
internal static class VisionConfigJson
{
    private const string KnownTypes = "siglip, siglip_vision_model, clip, clip_vision_model, dinov2 or vit";

    /// <summary>Reads a whole file: a vision tower's, or the vision part of a dual encoder's.</summary>
    public static VisionConfig Read(ConfigSection config) => config.Text("model_type") switch
    {
        "siglip" => Read(config.Section("vision_config") ?? throw config.Wrong("vision_config", "an object"), EncoderFamily.Siglip),
        "clip" => Read(config.Section("vision_config") ?? throw config.Wrong("vision_config", "an object"), EncoderFamily.Clip),
        "siglip_vision_model" => Read(config, EncoderFamily.Siglip),
        "clip_vision_model" => Read(config, EncoderFamily.Clip),
        "dinov2" => Read(config, EncoderFamily.Dinov2),
        "vit" => Read(config, EncoderFamily.Vit),
        _ => throw config.Wrong("model_type", KnownTypes),
    };

    /// <summary>Reads the entries of one family.</summary>
    public static VisionConfig Read(ConfigSection config, EncoderFamily family)
    {
        var read = new VisionConfig
        {
            Family = family,
            HiddenSize = config.Count("hidden_size", 768),
            IntermediateSize = family == EncoderFamily.Dinov2 ? 1 : config.Count("intermediate_size", 3072),
            LayerCount = config.Count("num_hidden_layers", 12, ConfigSection.MostLayers),
            HeadCount = config.Count("num_attention_heads", 12),
            ChannelCount = config.Count("num_channels", 3),
            ImageSize = config.Count("image_size", 224),
            PatchSize = config.Count("patch_size", family switch { EncoderFamily.Clip => 32, EncoderFamily.Dinov2 => 14, _ => 16 }),
            Activation = config.Activation("hidden_act", family switch
            {
                EncoderFamily.Siglip => Activation.GeluTanh,
                EncoderFamily.Clip => Activation.QuickGelu,
                _ => Activation.Gelu,
            }),
            NormEpsilon = config.Positive("layer_norm_eps", family switch { EncoderFamily.Clip => 1e-5, EncoderFamily.Vit => 1e-12, _ => 1e-6 }),
            HasPoolingHead = family switch
            {
                EncoderFamily.Siglip => config.Flag("vision_use_head", true),
                EncoderFamily.Vit => config.Flag("add_pooling_layer", true),
                _ => false,
            },
        };
        return Checked(config, family switch { EncoderFamily.Dinov2 => WithDinov2(read, config), EncoderFamily.Vit => WithVit(read, config), _ => read });
    }

    /// <summary>The entries of a Hugging Face vision configuration.</summary>
    public static JsonObject Write(VisionConfig config)
    {
        var json = new JsonObject
        {
            ["model_type"] = config.Family switch
            {
                EncoderFamily.Siglip => "siglip_vision_model",
                EncoderFamily.Clip => "clip_vision_model",
                EncoderFamily.Dinov2 => "dinov2",
                _ => "vit",
            },
            ["hidden_size"] = config.HiddenSize,
            ["intermediate_size"] = config.IntermediateSize,
            ["num_hidden_layers"] = config.LayerCount,
            ["num_attention_heads"] = config.HeadCount,
            ["num_channels"] = config.ChannelCount,
            ["image_size"] = config.ImageSize,
            ["patch_size"] = config.PatchSize,
            ["hidden_act"] = Activations.NameOf(config.Activation),
            ["layer_norm_eps"] = config.NormEpsilon,
        };
        switch (config.Family)
        {
            case EncoderFamily.Siglip when !config.HasPoolingHead:
                json["vision_use_head"] = false;
                break;
            case EncoderFamily.Dinov2:
                WriteDinov2(config, json);
                break;
            case EncoderFamily.Vit:
                WriteVit(config, json);
                break;
        }

        return json;
    }

    private static VisionConfig WithDinov2(VisionConfig read, ConfigSection config)
    {
        if (config.OptionalInt("num_register_tokens") is > 0)
        {
            throw config.Wrong("num_register_tokens", "none: towers with register tokens are not supported");
        }

        var (gated, ratio) = (config.Flag("use_swiglu_ffn", false), config.Positive("mlp_ratio", 4));
        if (read.HiddenSize * ratio is < 1 or > 1 << 24)
        {
            throw config.Wrong("mlp_ratio", $"a factor that gives the feed-forward block a width from 1 to {1 << 24}");
        }

        return read with
        {
            IsGated = gated,
            IntermediateSize = InnerWidth(read.HiddenSize, ratio, gated),
            HasAttentionBias = config.Flag("qkv_bias", true),
            HasMaskToken = config.Flag("use_mask_token", true),
            LayerScale = config.Positive("layerscale_value", 1),
        };
    }

    private static VisionConfig WithVit(VisionConfig read, ConfigSection config) => config.Text("pooler_act") is null or "tanh"
        ? read with
        {
            HasAttentionBias = config.Flag("qkv_bias", true),
            PooledSize = config.Has("pooler_output_size") ? config.Count("pooler_output_size") : null,
        }
        : throw config.Wrong("pooler_act", "tanh");

    // The gated block has two thirds of the width, so that it costs the same, rounded up to a multiple of eight.
    private static int InnerWidth(int hidden, double ratio, bool gated)
    {
        var width = (int)(hidden * ratio);
        return gated ? ((int)(width * 2 / 3.0) + 7) / 8 * 8 : width;
    }

    private static VisionConfig Checked(ConfigSection config, VisionConfig read)
    {
        if (read.HiddenSize % read.HeadCount != 0)
        {
            throw config.Wrong("num_attention_heads", $"a divisor of hidden_size, {read.HiddenSize}");
        }

        return read.PatchSize <= read.ImageSize
            ? read
            : throw config.Wrong("patch_size", $"at most image_size, {read.ImageSize}");
    }

    private static void WriteDinov2(VisionConfig config, JsonObject json)
    {
        json.Remove("intermediate_size");
        json["architectures"] = new JsonArray("Dinov2Model");
        json["qkv_bias"] = config.HasAttentionBias;
        json["use_swiglu_ffn"] = config.IsGated;
        json["use_mask_token"] = config.HasMaskToken;
        json["layerscale_value"] = config.LayerScale;

        // The file holds a ratio; rounding must not make it one too small when it is multiplied out again.
        var ratio = config.IntermediateSize * (config.IsGated ? 1.5 : 1.0) / config.HiddenSize;
        while (InnerWidth(config.HiddenSize, ratio, config.IsGated) < config.IntermediateSize)
        {
            ratio = Math.BitIncrement(ratio);
        }

        json["mlp_ratio"] = ratio == Math.Floor(ratio) ? (int)ratio : ratio;
    }

    private static void WriteVit(VisionConfig config, JsonObject json)
    {
        json["architectures"] = new JsonArray("ViTModel");
        json["qkv_bias"] = config.HasAttentionBias;
        json["add_pooling_layer"] = config.HasPoolingHead;
        if (config.PooledSize is { } size)
        {
            json["pooler_output_size"] = size;
        }
    }
}
