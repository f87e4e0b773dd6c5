using System.Text.Json.Nodes;
using Collimate.Torch.Serialization;

namespace Collimate.Models.Vision.Convolutional;

/// <summary>The shape of a <see cref="ResNet"/>, as a Hugging Face configuration of <c>model_type: resnet</c> holds it.</summary>
public sealed record ResNetConfig
{
    /// <summary>The <c>model_type</c> of such a file.</summary>
    public const string ModelType = "resnet";

    /// <summary>Colour channels (<c>num_channels</c>).</summary>
    public int ChannelCount { get; init; } = 3;

    /// <summary>Channels after the first convolution (<c>embedding_size</c>).</summary>
    public int EmbeddingSize { get; init; } = 64;

    /// <summary>Channels after each stage (<c>hidden_sizes</c>).</summary>
    public IReadOnlyList<int> HiddenSizes { get; init; } = [256, 512, 1024, 2048];

    /// <summary>Layers of each stage (<c>depths</c>).</summary>
    public IReadOnlyList<int> Depths { get; init; } = [3, 4, 6, 3];

    /// <summary>Whether a layer narrows to a quarter, looks around, and widens again (<c>layer_type: bottleneck</c>); otherwise it looks around twice (<c>basic</c>).</summary>
    public bool HasBottlenecks { get; init; } = true;

    /// <summary>Non-linearity (<c>hidden_act</c>).</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>Whether the first stage halves the picture too (<c>downsample_in_first_stage</c>).</summary>
    public bool DownsamplesInFirstStage { get; init; }

    /// <summary>Whether a bottleneck halves the picture in its first convolution, as the paper's authors did, instead of in its second, as torchvision does (<c>downsample_in_bottleneck</c>).</summary>
    public bool DownsamplesInBottleneck { get; init; }

    /// <summary>Classes of the head; null for a model without one.</summary>
    public int? ClassCount { get; init; }

    /// <summary>How many pixels stand behind one place of the last stage, along each side.</summary>
    public int Stride => 4 << (HiddenSizes.Count - (DownsamplesInFirstStage ? 0 : 1));

    /// <summary>Reads a configuration file.</summary>
    /// <exception cref="CheckpointException">The file is absent or malformed, or names something that is not supported.</exception>
    public static ResNetConfig Load(string file) => Read(ConfigSection.Load(file));

    /// <summary>The entries of a Hugging Face <c>config.json</c>.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(ClassCount is null ? "ResNetModel" : "ResNetForImageClassification"),
            ["model_type"] = ModelType,
            ["num_channels"] = ChannelCount,
            ["embedding_size"] = EmbeddingSize,
            ["hidden_sizes"] = new JsonArray([.. HiddenSizes.Select(size => (JsonNode)size)]),
            ["depths"] = new JsonArray([.. Depths.Select(depth => (JsonNode)depth)]),
            ["layer_type"] = HasBottlenecks ? "bottleneck" : "basic",
            ["hidden_act"] = Activations.NameOf(Activation),
            ["downsample_in_first_stage"] = DownsamplesInFirstStage,
            ["downsample_in_bottleneck"] = DownsamplesInBottleneck,
        };
        if (ClassCount is { } classes)
        {
            json["id2label"] = new JsonObject(Enumerable.Range(0, classes).Select(k => KeyValuePair.Create($"{k}", (JsonNode?)$"LABEL_{k}")));
            json["label2id"] = new JsonObject(Enumerable.Range(0, classes).Select(k => KeyValuePair.Create($"LABEL_{k}", (JsonNode?)k)));
        }

        return json;
    }

    internal static ResNetConfig Read(ConfigSection config)
    {
        if (config.Text("model_type") != ModelType)
        {
            throw config.Wrong("model_type", ModelType);
        }

        var standard = new ResNetConfig();
        var read = new ResNetConfig
        {
            ChannelCount = config.Count("num_channels", 3),
            EmbeddingSize = config.Count("embedding_size", 64),
            HiddenSizes = config.Has("hidden_sizes") ? config.Ints("hidden_sizes") : standard.HiddenSizes,
            Depths = config.Has("depths") ? config.Ints("depths") : standard.Depths,
            HasBottlenecks = config.Text("layer_type") switch
            {
                null or "bottleneck" => true,
                "basic" => false,
                _ => throw config.Wrong("layer_type", "bottleneck or basic"),
            },
            Activation = config.Activation("hidden_act", Activation.Relu),
            DownsamplesInFirstStage = config.Flag("downsample_in_first_stage", false),
            DownsamplesInBottleneck = config.Flag("downsample_in_bottleneck", false),
            ClassCount = config.EntryCount("id2label") ?? 2,
        };
        if (read.HiddenSizes.Count is 0 or > 8 || read.HiddenSizes.Any(size => size < 1 || (read.HasBottlenecks && size < 4)))
        {
            throw config.Wrong("hidden_sizes", "one to eight numbers of channels, with bottlenecks each at least 4");
        }

        return read.Depths.Count == read.HiddenSizes.Count && read.Depths.All(depth => depth is >= 1 and <= 512)
            ? read
            : throw config.Wrong("depths", $"{read.HiddenSizes.Count} numbers from 1 to 512, one for each of hidden_sizes");
    }
}
