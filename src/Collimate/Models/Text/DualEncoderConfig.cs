using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Models.Vision;
using Collimate.Torch.Serialization;

namespace Collimate.Models.Text;

/// <summary>The shape of a <see cref="DualEncoder"/>, as the <c>config.json</c> of a SigLIP or CLIP checkpoint holds it.</summary>
public sealed record DualEncoderConfig
{
    /// <summary>The image side.</summary>
    public required VisionConfig Vision { get; init; }

    /// <summary>The text side.</summary>
    public required TextConfig Text { get; init; }

    /// <summary>Width of CLIP's joint space (<c>projection_dim</c>); null for SigLIP, whose towers end in the joint space by themselves.</summary>
    public int? ProjectionSize { get; init; }

    /// <summary>Logarithm of the factor on cosine similarities before training (<c>logit_scale_init_value</c>).</summary>
    public double InitialLogitScale { get; init; } = 2.6592;

    /// <summary>SigLIP's or CLIP's arrangement.</summary>
    public EncoderFamily Family => Vision.Family;

    /// <summary>Width of the joint space.</summary>
    public int EmbeddingSize => ProjectionSize ?? Vision.HiddenSize;

    /// <summary>Reads the <c>config.json</c> of a SigLIP or CLIP checkpoint.</summary>
    /// <exception cref="CheckpointException">The file is absent or malformed, or names something that is not supported.</exception>
    public static DualEncoderConfig Load(string file) => Read(ConfigSection.Load(file));

    /// <summary>Reads a configuration that stands inside another file.</summary>
    /// <exception cref="CheckpointException">An entry is malformed or names something that is not supported.</exception>
    public static DualEncoderConfig FromJson(JsonElement json, string file = "config.json") => Read(ConfigSection.FromJson(json, file));

    /// <summary>The entries of a Hugging Face <c>config.json</c>.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(Family == EncoderFamily.Siglip ? "SiglipModel" : "CLIPModel"),
            ["model_type"] = Family == EncoderFamily.Siglip ? "siglip" : "clip",
            ["vision_config"] = Vision.ToJson(),
            ["text_config"] = Text.ToJson(),
            ["torch_dtype"] = "float32",
        };
        if (ProjectionSize is { } size)
        {
            json["projection_dim"] = size;
            json["logit_scale_init_value"] = InitialLogitScale;
        }

        return json;
    }

    internal static DualEncoderConfig Read(ConfigSection config)
    {
        var family = config.Text("model_type") switch
        {
            "siglip" => EncoderFamily.Siglip,
            "clip" => EncoderFamily.Clip,
            _ => throw config.Wrong("model_type", "siglip or clip"),
        };
        var vision = VisionConfig.Read(config.Section("vision_config") ?? throw config.Wrong("vision_config", "an object"), family);
        var text = TextConfig.Read(config.Section("text_config") ?? throw config.Wrong("text_config", "an object"), family);
        if (family == EncoderFamily.Siglip && (text.ProjectionSize ?? text.HiddenSize) != vision.HiddenSize)
        {
            throw config.Wrong("text_config", $"a text head as wide as the vision tower, {vision.HiddenSize}");
        }

        return new DualEncoderConfig
        {
            Vision = vision,
            Text = text,
            ProjectionSize = family == EncoderFamily.Clip ? config.Count("projection_dim", 512) : null,
            InitialLogitScale = config.Positive("logit_scale_init_value", 2.6592),
        };
    }
}
