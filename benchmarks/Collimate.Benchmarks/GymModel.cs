using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Fusion;
using Collimate.Alignment.Towers;
using Collimate.Models.Language;
using Collimate.Models.Vision;
using Collimate.Torch;
using Collimate.Torch.Optimization;

namespace Collimate.Benchmarks;

/// <summary>The gym's model with fresh weights: a frozen tower, a two-layer connector and a decoder that learn. The sizes are those of <c>peers/decoder_step.py</c>.</summary>
internal sealed record GymModel(int VisionWidth, int VisionLayers, int Width, int Layers, int Inner)
{
    public const int ImageSize = 96;
    public const int Patches = 64;
    public const int Vocabulary = 1500;

    /// <summary>What the gym trains.</summary>
    public static GymModel Full { get; } = new(VisionWidth: 160, VisionLayers: 5, Width: 192, Layers: 6, Inner: 512);

    /// <summary>The same kinds of layers, for runs of thousands of steps.</summary>
    public static GymModel Small { get; } = new(VisionWidth: 64, VisionLayers: 2, Width: 64, Layers: 2, Inner: 128);

    /// <summary>The smallest, for runs of ten thousand.</summary>
    public static GymModel Tiny { get; } = new(VisionWidth: 32, VisionLayers: 1, Width: 64, Layers: 1, Inner: 64);

    /// <summary>Makes the model; connector and decoder record gradients.</summary>
    public VisionLanguageModel Create()
    {
        using var generator = new Generator(1);
        var eyes = new VisionConfig
        {
            HiddenSize = VisionWidth, LayerCount = VisionLayers, HeadCount = VisionWidth / 32, IntermediateSize = 4 * VisionWidth,
            ImageSize = ImageSize, PatchSize = 12, HasPoolingHead = false,
        };
        var config = new LanguageConfig
        {
            VocabularySize = Vocabulary, HiddenSize = Width, LayerCount = Layers, HeadCount = Width / 32, KeyValueHeadCount = 2, HeadSize = 32,
            IntermediateSize = Inner, MaxPositions = 512, TieEmbeddings = true, ProjectionBias = true, EosTokenIds = [SymbolTokenizer.End],
        };
        var tower = new EncoderTower(new VisionTransformer(eyes, generator), -1);
        tower.SetRequiresGrad(false);
        return new VisionLanguageModel(
            new NoConditioning(), tower, new MlpConnector(VisionWidth, Width, 2, 1, generator),
            new CausalLanguageModel(config, generator), new ConcatComposition(), new CausalAttention(), new NoFusion(), SymbolTokenizer.Padding);
    }

    /// <summary>Everything that learns, in one group.</summary>
    public static ParameterGroup[] Groups(VisionLanguageModel model) =>
        [new ParameterGroup("all", [.. model.Parameters().Where(p => p.RequiresGrad)]) { LearningRate = 1e-3, WeightDecay = 0.01 }];
}
