using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Torch.Serialization;

namespace Collimate.Models.Vision;

/// <summary>The shape of a <see cref="VisionTransformer"/>, as a Hugging Face configuration holds it.</summary>
public sealed record VisionConfig
{
    /// <summary>SigLIP's or CLIP's arrangement.</summary>
    public EncoderFamily Family { get; init; } = EncoderFamily.Siglip;

    /// <summary>Width of the residual stream (<c>hidden_size</c>).</summary>
    public required int HiddenSize { get; init; }

    /// <summary>How many layers (<c>num_hidden_layers</c>).</summary>
    public required int LayerCount { get; init; }

    /// <summary>Attention heads (<c>num_attention_heads</c>).</summary>
    public required int HeadCount { get; init; }

    /// <summary>Width inside the feed-forward block (<c>intermediate_size</c>).</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Height and width of the picture in pixels (<c>image_size</c>).</summary>
    public required int ImageSize { get; init; }

    /// <summary>Height and width of a patch in pixels (<c>patch_size</c>).</summary>
    public required int PatchSize { get; init; }

    /// <summary>Colour channels (<c>num_channels</c>).</summary>
    public int ChannelCount { get; init; } = 3;

    /// <summary>Non-linearity of the feed-forward blocks (<c>hidden_act</c>).</summary>
    public Activation Activation { get; init; } = Activation.GeluTanh;

    /// <summary>Added to the variance in every layer norm (<c>layer_norm_eps</c>).</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>SigLIP's attention-pooling head (<c>vision_use_head</c>); CLIP pools by its class token instead.</summary>
    public bool HasPoolingHead { get; init; } = true;

    /// <summary>True when a learnt token stands before the patches.</summary>
    public bool HasClassToken => Family == EncoderFamily.Clip;

    /// <summary>Patches along one side.</summary>
    public int GridSize => ImageSize / PatchSize;

    /// <summary>Patches of a picture, without the class token.</summary>
    public int PatchCount => GridSize * GridSize;

    /// <summary>Reads the vision part of a <c>config.json</c>: a SigLIP or CLIP model's, or that of a vision tower alone.</summary>
    /// <exception cref="CheckpointException">The file is absent or malformed, or names something that is not supported.</exception>
    public static VisionConfig Load(string file) => ReadRoot(ConfigSection.Load(file));

    /// <summary>Reads a configuration that stands inside another file, such as the <c>vision_config</c> of a LLaVA checkpoint.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="file">The file it stands in, for messages.</param>
    /// <exception cref="CheckpointException">An entry is malformed or names something that is not supported.</exception>
    public static VisionConfig FromJson(JsonElement json, string file = "config.json") => ReadRoot(ConfigSection.FromJson(json, file));

    /// <summary>The entries of a Hugging Face vision configuration.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["model_type"] = Family == EncoderFamily.Siglip ? "siglip_vision_model" : "clip_vision_model",
            ["hidden_size"] = HiddenSize,
            ["intermediate_size"] = IntermediateSize,
            ["num_hidden_layers"] = LayerCount,
            ["num_attention_heads"] = HeadCount,
            ["num_channels"] = ChannelCount,
            ["image_size"] = ImageSize,
            ["patch_size"] = PatchSize,
            ["hidden_act"] = Activations.NameOf(Activation),
            ["layer_norm_eps"] = NormEpsilon,
        };
        if (Family == EncoderFamily.Siglip && !HasPoolingHead)
        {
            json["vision_use_head"] = false;
        }

        return json;
    }

    internal static VisionConfig ReadRoot(ConfigSection config) => config.Text("model_type") switch
    {
        "siglip" => Read(config.Section("vision_config") ?? throw config.Wrong("vision_config", "an object"), EncoderFamily.Siglip),
        "clip" => Read(config.Section("vision_config") ?? throw config.Wrong("vision_config", "an object"), EncoderFamily.Clip),
        "siglip_vision_model" => Read(config, EncoderFamily.Siglip),
        "clip_vision_model" => Read(config, EncoderFamily.Clip),
        _ => throw config.Wrong("model_type", "siglip, siglip_vision_model, clip or clip_vision_model"),
    };

    internal static VisionConfig Read(ConfigSection config, EncoderFamily family)
    {
        var siglip = family == EncoderFamily.Siglip;
        var read = new VisionConfig
        {
            Family = family,
            HiddenSize = config.Count("hidden_size", 768),
            IntermediateSize = config.Count("intermediate_size", 3072),
            LayerCount = config.Count("num_hidden_layers", 12),
            HeadCount = config.Count("num_attention_heads", 12),
            ChannelCount = config.Count("num_channels", 3),
            ImageSize = config.Count("image_size", 224),
            PatchSize = config.Count("patch_size", siglip ? 16 : 32),
            Activation = config.Activation("hidden_act", siglip ? Activation.GeluTanh : Activation.QuickGelu),
            NormEpsilon = config.Positive("layer_norm_eps", siglip ? 1e-6 : 1e-5),
            HasPoolingHead = siglip && config.Flag("vision_use_head", true),
        };
        if (read.HiddenSize % read.HeadCount != 0)
        {
            throw config.Wrong("num_attention_heads", $"a divisor of hidden_size, {read.HiddenSize}");
        }

        return read.PatchSize <= read.ImageSize
            ? read
            : throw config.Wrong("patch_size", $"at most image_size, {read.ImageSize}");
    }
}
