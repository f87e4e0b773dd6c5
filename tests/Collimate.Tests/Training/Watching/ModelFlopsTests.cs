using Collimate.Adapters;
using Collimate.Alignment;
using Collimate.Alignment.Towers;
using Collimate.Imaging;
using Collimate.Models.Vision;
using Collimate.Models.Vision.Convolutional;
using Collimate.Tests.Alignment;
using Collimate.Torch;
using Collimate.Training.Watching;

namespace Collimate.Tests.Training.Watching;

/// <summary>The count of a model's operations against closed forms in its sizes.</summary>
public sealed class ModelFlopsTests
{
    // The tower: width 16, 2 layers, inner 24, 4 patches of 4 x 4 x 3 pixels. The connector: 16 to D and D to D.
    private const double Patch = 2.0 * 4 * 3 * 4 * 4 * 16;
    private const double TowerMatrices = 2 * 4 * 2.0 * ((4 * 16 * 16) + (2 * 16 * 24));
    private const double TowerLooks = 2 * 4.0 * 4 * 4 * 16;

    [Fact]
    public void Of_EverythingLearns_IsThreeTimesTheForwardPassButForWhatPixelsNeed()
    {
        using var model = TinyVisionModel.Create();
        var sizes = new Sizes(model);

        var flops = ModelFlops.Of(model);

        Assert.Equal((2 * Patch) + (3 * (TowerMatrices + TowerLooks + sizes.Connector)), flops.PerImage);
        Assert.Equal(3 * sizes.Decoder, flops.PerPosition);
        Assert.Equal(3 * sizes.Looks, flops.PerPair);
        Assert.Equal(3 * sizes.Logits, flops.PerLabel);
    }

    [Fact]
    public void Of_OnlyTheConnectorLearns_TowerGoesForwardAndDecoderBackForItsInput()
    {
        using var model = TinyVisionModel.Create();
        model.SetRequiresGrad(false);
        ((Module)model.Connector).SetRequiresGrad(true);
        var sizes = new Sizes(model);

        var flops = ModelFlops.Of(model);

        // The connector's first matrix has no gradient of its input, the frozen patches.
        Assert.Equal(Patch + TowerMatrices + TowerLooks + (2 * sizes.FirstOfConnector) + (3 * (sizes.Connector - sizes.FirstOfConnector)), flops.PerImage);
        Assert.Equal(2 * sizes.Decoder, flops.PerPosition);
        Assert.Equal(3 * sizes.Looks, flops.PerPair);
        Assert.Equal(2 * sizes.Logits, flops.PerLabel);
    }

    [Fact]
    public void Of_NothingLearns_IsTheForwardPass()
    {
        using var model = TinyVisionModel.Create();
        model.SetRequiresGrad(false);
        var sizes = new Sizes(model);

        Assert.Equal(new ModelFlops(Patch + TowerMatrices + TowerLooks + sizes.Connector, sizes.Decoder, sizes.Looks, sizes.Logits), ModelFlops.Of(model));
    }

    [Fact]
    public void Of_AdaptersOnAFrozenDecoder_CountThemAndTheWayBackToTheFirst()
    {
        using var model = TinyVisionModel.Create();
        model.SetRequiresGrad(false);
        const int rank = 2;
        using var generator = new Generator(3);
        AdapterSet.Of(model).Add("a", new AdapterConfig { Rank = rank, Targets = ModulePattern.Of("o_proj") }, generator);
        var sizes = new Sizes(model);
        var config = model.Language.Config;
        var (width, layers) = (config.HeadCount * config.HeadSize, config.LayerCount);

        var flops = ModelFlops.Of(model);

        // Before the first adapter nothing goes back: not to its own input, nor through its layer's projections and their looks.
        var (a, b) = (2.0 * rank * width, 2.0 * rank * config.HiddenSize);
        var projections = 2.0 * config.HiddenSize * (width + (2 * config.KeyValueHeadCount * config.HeadSize));
        var output = 2.0 * width * config.HiddenSize;
        Assert.Equal((2 * sizes.Decoder) - projections - output + (layers * 3 * (a + b)) - a, flops.PerPosition);
        Assert.Equal(sizes.Looks / layers * (1 + (3 * (layers - 1))), flops.PerPair);
    }

    [Fact]
    public void Of_Batch_AddsPicturesPositionsPairsAndLabels() =>
        Assert.Equal((3 * 1000) + ((5 + 7) * 100) + ((25 + 49) * 10) + (4 * 1), new ModelFlops(1000, 100, 10, 1).Of(3, [5, 7], 4));

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(-2, 1)]
    [InlineData(0, 0)]
    public void OfTower_EarlierState_CountsOnlyTheLayersBeforeIt(int state, int layers)
    {
        using var tower = new EncoderTower(new VisionTransformer(new VisionConfig
        {
            Family = EncoderFamily.Clip, HiddenSize = 16, LayerCount = 2, HeadCount = 4, IntermediateSize = 24, ImageSize = 8, PatchSize = 4, HasPoolingHead = false,
        }), state);
        tower.SetRequiresGrad(false);

        // Five tokens: four patches and the class token.
        Assert.Equal((Patch + (layers * ((5 * 2.0 * ((4 * 16 * 16) + (2 * 16 * 24))) + (4.0 * 5 * 5 * 16))), false), TowerFlops.Of(tower));
    }

    [Fact]
    public void OfTower_ResidualNetwork_CountsEveryConvolutionAtItsPlaces()
    {
        var config = new ResNetConfig { EmbeddingSize = 8, HiddenSizes = [8, 16], Depths = [1, 1], HasBottlenecks = false };
        using var tower = new ResNetTower(new ResNet(config), -1, new ImageSize(34, 34));
        tower.SetRequiresGrad(false);

        // 34 pixels a side: 17 places after the first convolution, 9 after the pool and in the first stage, 5 in the second.
        const double stem = 17 * 17 * 3 * 8 * 49;
        const double first = 9 * 9 * 2 * (8 * 8 * 9);
        const double second = 5 * 5 * ((8 * 16 * 9) + (16 * 16 * 9) + (8 * 16));
        Assert.Equal((2 * (stem + first + second), false), TowerFlops.Of(tower));
        tower.SetRequiresGrad(true);
        Assert.Equal(((2 * 2 * stem) + (2 * 3 * (first + second)), true), TowerFlops.Of(tower));
    }

    /// <summary>The forward pass of the tiny model's parts.</summary>
    private sealed class Sizes
    {
        public Sizes(VisionLanguageModel model)
        {
            var config = model.Language.Config;
            var (wide, narrow) = (config.HeadCount * config.HeadSize, config.KeyValueHeadCount * config.HeadSize);
            FirstOfConnector = 4 * 2.0 * 16 * config.HiddenSize;
            Connector = FirstOfConnector + (4 * 2.0 * config.HiddenSize * config.HiddenSize);
            Decoder = config.LayerCount * 2.0 * config.HiddenSize * ((2 * wide) + (2 * narrow) + (3 * config.IntermediateSize));
            Looks = config.LayerCount * 4.0 * wide;
            Logits = 2.0 * config.HiddenSize * config.VocabularySize;
        }

        public double FirstOfConnector { get; }

        public double Connector { get; }

        public double Decoder { get; }

        public double Looks { get; }

        public double Logits { get; }
    }
}
