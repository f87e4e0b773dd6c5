using Collimate.Alignment;
using Collimate.Alignment.Composition.Gps;
using Collimate.Models.Permutation;
using Collimate.Torch;

namespace Collimate.Tests.Alignment.Gps;

/// <summary>The tiny vision-language model with a permutation network whose scores are far enough apart to matter.</summary>
internal static class TinyGpsModel
{
    public static readonly GpsOptions Small = new() { Layers = 2, Hidden = 16, Iterations = 10 };

    /// <summary>One options record a variant and a way of hardening.</summary>
    public static TheoryData<string> Kinds => ["ours", "free", "auction", "paper", "authors"];

    public static GpsOptions Of(string kind) => kind switch
    {
        "ours" => Small,
        "free" => Small with { KeepText = false },
        "auction" => Small with { KeepText = false, Hardening = HardeningMode.Auction },
        "paper" => Small with { Variant = GpsVariant.Paper },
        "authors" => Small with { Variant = GpsVariant.Authors },
        _ => throw new ArgumentException(kind),
    };

    public static VisionLanguageModel Create(GpsOptions options, ulong seed = 3, double deviation = 0.2)
    {
        var plain = TinyVisionModel.Create(seed, deviation);
        using var generator = new Generator(seed + 1);
        var composition = new GpsComposition(options, plain.Language.Config.HiddenSize, generator);
        return new VisionLanguageModel(
            plain.Conditioning, plain.Vision, plain.Connector, plain.Language, composition, plain.Attention, plain.Fusion, plain.PadTokenId);
    }
}
