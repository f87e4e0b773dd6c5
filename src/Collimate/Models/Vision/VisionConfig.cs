using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Models.Encoders;
using Collimate.Torch.Serialization;

namespace Collimate.Models.Vision;

/// <summary>The shape of a <see cref="VisionTransformer"/>, as a Hugging Face configuration holds it.</summary>
/// <remarks>Dropout and stochastic depth, which some files ask for in training, are not applied.</remarks>
public sealed record VisionConfig
{
    /// <summary>Whose arrangement.</summary>
    public EncoderFamily Family { get; init; } = EncoderFamily.Siglip;

    /// <summary>Width of the residual stream (<c>hidden_size</c>).</summary>
    public required int HiddenSize { get; init; }

    /// <summary>How many layers (<c>num_hidden_layers</c>).</summary>
    public required int LayerCount { get; init; }

    /// <summary>Attention heads (<c>num_attention_heads</c>).</summary>
    public required int HeadCount { get; init; }

    /// <summary>Width inside the feed-forward block (<c>intermediate_size</c>; DINOv2's follows from <c>mlp_ratio</c>).</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Height and width of the picture in pixels (<c>image_size</c>).</summary>
    public required int ImageSize { get; init; }

    /// <summary>Height and width of a patch in pixels (<c>patch_size</c>).</summary>
    public required int PatchSize { get; init; }

    /// <summary>Colour channels (<c>num_channels</c>).</summary>
    public int ChannelCount { get; init; } = 3;

    /// <summary>Non-linearity of the feed-forward blocks (<c>hidden_act</c>); a gated block has its own.</summary>
    public Activation Activation { get; init; } = Activation.GeluTanh;

    /// <summary>Added to the variance in every layer norm (<c>layer_norm_eps</c>).</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>SigLIP's attention-pooling head (<c>vision_use_head</c>), or ViT's dense layer with tanh (<c>add_pooling_layer</c>); CLIP and DINOv2 pool by their class token instead.</summary>
    public bool HasPoolingHead { get; init; } = true;

    /// <summary>ViT: width of the pooled vector (<c>pooler_output_size</c>); the hidden size where null.</summary>
    public int? PooledSize { get; init; }

    /// <summary>DINOv2 and ViT: whether query, key and value have biases (<c>qkv_bias</c>).</summary>
    public bool HasAttentionBias { get; init; } = true;

    /// <summary>DINOv2: whether the feed-forward block is gated (<c>use_swiglu_ffn</c>).</summary>
    public bool IsGated { get; init; }

    /// <summary>DINOv2: whether a learnt token can stand for patches that are hidden (<c>use_mask_token</c>).</summary>
    public bool HasMaskToken { get; init; } = true;

    /// <summary>DINOv2: first value of the factors on what blocks add (<c>layerscale_value</c>).</summary>
    public double LayerScale { get; init; } = 1;

    /// <summary>True when a learnt token stands before the patches.</summary>
    public bool HasClassToken => Family != EncoderFamily.Siglip;

    /// <summary>Patches along one side.</summary>
    public int GridSize => ImageSize / PatchSize;

    /// <summary>Patches of a picture, without the class token.</summary>
    public int PatchCount => GridSize * GridSize;

    internal EncoderShape LayerShape => new(HiddenSize, LayerCount, HeadCount, IntermediateSize, Activation, NormEpsilon)
    {
        Names = VisionLayout.Of(this).Layers,
        HasAttentionBias = HasAttentionBias,
        IsGated = IsGated,
        LayerScale = Family == EncoderFamily.Dinov2 ? LayerScale : null,
    };

    /// <summary>Reads the vision part of a <c>config.json</c>: a SigLIP or CLIP model's, or that of a vision tower alone.</summary>
    /// <exception cref="CheckpointException">The file is absent or malformed, or names something that is not supported.</exception>
    public static VisionConfig Load(string file) => ReadRoot(ConfigSection.Load(file));

    /// <summary>Reads a configuration that stands inside another file, such as the <c>vision_config</c> of a LLaVA checkpoint.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="file">The file it stands in, for messages.</param>
    /// <exception cref="CheckpointException">An entry is malformed or names something that is not supported.</exception>
    public static VisionConfig FromJson(JsonElement json, string file = "config.json") => ReadRoot(ConfigSection.FromJson(json, file));

    /// <summary>The entries of a Hugging Face vision configuration.</summary>
    public JsonObject ToJson() => VisionConfigJson.Write(this);

    internal static VisionConfig ReadRoot(ConfigSection config) => VisionConfigJson.Read(config);

    internal static VisionConfig Read(ConfigSection config, EncoderFamily family) => VisionConfigJson.Read(config, family);
}
