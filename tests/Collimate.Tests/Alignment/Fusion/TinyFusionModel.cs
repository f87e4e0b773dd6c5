using Collimate.Alignment;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Composition.Gps;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Fusion;
using Collimate.Alignment.Fusion.CrossAttention;
using Collimate.Alignment.Fusion.InverseLlava;
using Collimate.Data.Conversations;
using Collimate.Tests.Alignment.Gps;
using Collimate.Tests.Alignment.TokenMixer;
using Collimate.Torch;
using Collimate.Training.Programs;

namespace Collimate.Tests.Alignment.Fusion;

/// <summary>The tiny vision-language model with a fusion whose weights are large enough that every part of it matters.</summary>
internal static class TinyFusionModel
{
    private static readonly string[] InverseKinds = ["paper", "separate", "authors", "additive", "gated", "late", "both"];

    /// <summary>Every form of Inverse-LLaVA.</summary>
    public static TheoryData<string> Inverse => new(InverseKinds);

    /// <summary>Every fusion.</summary>
    public static TheoryData<string> All => new([.. InverseKinds, "cross", "cross-all", "cross-second"]);

    public static ConversationBatcher Batcher { get; } = TinyVisionModel.Batcher(packed: false);

    public static bool IsCross(string kind) => kind.StartsWith("cross", StringComparison.Ordinal);

    /// <summary>A model.</summary>
    /// <param name="kind">Which fusion; <c>none</c> for the plain model.</param>
    /// <param name="composition">Another composition than the fusion's own: <c>mixer</c>, <c>gps</c> or <c>concat</c>.</param>
    /// <param name="filled">Whether pictures' places carry visual tokens too.</param>
    /// <param name="seed">Draws all weights.</param>
    /// <param name="fresh">Whether the fusion's weights stay as they begin.</param>
    public static VisionLanguageModel Create(string kind, string? composition = null, bool filled = false, ulong seed = 3, bool fresh = false)
    {
        var parts = TinyVisionModel.Create(seed);
        using var generator = new Generator(seed + 7);
        var fusion = Fusion(kind, parts, generator);
        if (!fresh && fusion is Module module)
        {
            Shake(module, generator);
        }

        var isEmpty = !IsCross(kind) && kind != "none" && !filled;
        if (isEmpty)
        {
            ((Module)parts.Connector).Dispose(); // it will have no owner
        }

        var connector = isEmpty ? new ZerosConnector(parts.Language.Config.HiddenSize) : parts.Connector;
        IComposition order = (composition ?? (IsCross(kind) ? "text_only" : "concat")) switch
        {
            "mixer" => MixerSamples.Mixer(),
            "gps" => new GpsComposition(TinyGpsModel.Small, parts.Language.Config.HiddenSize, generator),
            "text_only" => new TextOnlyComposition(),
            _ => new ConcatComposition(),
        };
        return new VisionLanguageModel(parts.Conditioning, parts.Vision, connector, parts.Language, order, parts.Attention, fusion, parts.PadTokenId);
    }

    /// <summary>Rows of a batch.</summary>
    public static Batch Batch(params Sample[] samples) => Batcher.ToBatch(samples, forGeneration: false, Device.Cpu);

    /// <summary>A question with pictures, and its answer.</summary>
    public static Sample Ask(string question, string answer, params int[] pictures) => new(
        $"{question}-{answer}", [.. pictures.Select(TinyVisionModel.Picture)],
        [new Turn("user", string.Concat(Enumerable.Repeat(ConversationRenderer.ImageMarker, pictures.Length)) + question), new Turn("assistant", answer)]);

    /// <summary>Every parameter of a part, by the end of its name.</summary>
    public static IEnumerable<Tensor> Parameters(VisionLanguageModel model, Func<string, bool> named) =>
        model.NamedParameters().Where(p => p.Name.StartsWith("fusion.", StringComparison.Ordinal) && named(p.Name)).Select(p => p.Value);

    public static void Fill(IEnumerable<Tensor> parameters, double value)
    {
        using var noGradient = GradMode.Disable();
        var any = false;
        foreach (var parameter in parameters)
        {
            (_, any) = (parameter.Fill_(value), true);
        }

        Assert.True(any, "no parameter has such a name");
    }

    private static IFusion Fusion(string kind, VisionLanguageModel parts, Generator generator)
    {
        var (config, width) = (parts.Language.Config, parts.Vision.Width);
        IFusion Inverse(InverseLlavaOptions options) => new InverseLlavaFusion(options, config, width, generator);
        IFusion Cross(CrossAttentionOptions options) => new CrossAttentionFusion(options with { Heads = 3, HeadSize = 4, FeedForward = 2 }, config, generator);
        return kind switch
        {
            "none" => new NoFusion(),
            "paper" => Inverse(new()),
            "separate" => Inverse(new() { SharedText = false, VisionNorm = false }),
            "authors" => Inverse(new() { Variant = InverseLlavaVariant.Authors, Width = 10 }),
            "additive" => Inverse(new() { Variant = InverseLlavaVariant.Additive }),
            "gated" => Inverse(new() { Variant = InverseLlavaVariant.Gated, Width = 6 }),
            "late" => Inverse(new() { Layers = [-1] }),
            "both" => Inverse(new() { Layers = [0, 1] }),
            "cross" => Cross(new()),
            "cross-all" => Cross(new() { Sees = PicturesSeen.All }),
            "cross-second" => Cross(new() { Every = 2 }),
            _ => throw new ArgumentException(kind),
        };
    }

    private static void Shake(Module fusion, Generator generator)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        foreach (var (name, value) in fusion.NamedParameters())
        {
            var centre = name.EndsWith("norm.weight", StringComparison.Ordinal) || name.EndsWith("alpha", StringComparison.Ordinal) || name.EndsWith("_gate", StringComparison.Ordinal) ? 1 : 0;
            value.CopyFrom_((Tensor.RandomNormal(value.Shape, generator) * 0.25) + centre);
        }
    }
}
