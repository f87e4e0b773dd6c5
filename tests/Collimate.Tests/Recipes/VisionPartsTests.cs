using Collimate.Alignment.Towers;
using Collimate.Imaging;
using Collimate.Models.Llava;
using Collimate.Models.Text;
using Collimate.Models.Vision;
using Collimate.Models.Vision.Convolutional;
using Collimate.Recipes.Schema;
using Collimate.Tests.Models;
using Collimate.Tests.Tokenization;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Tests.Recipes;

/// <summary>Eyes from the checkpoint folder of every family, and their way through a saved model's folder.</summary>
public sealed class VisionPartsTests
{
    [Theory]
    [InlineData("clip", 48, 16)]
    [InlineData("siglip", 48, 16)]
    [InlineData("dinov2", 48, 16)]
    [InlineData("dinov2-swiglu", 48, 16)]
    [InlineData("vit", 48, 16)]
    [InlineData("resnet50", 64, 4)]
    public void Tower_GoldenFolder_GivesThePatchesOfItsPictures(string name, int width, int patches)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var folder = GoldenFiles.Require(name);
        var (tower, picture) = Make(new EncoderTowerOptions { Path = folder }, null);
        using var owned = (Module)tower;
        var features = tower.Encode(Pixels(picture), null);
        Assert.Equal([2, tower.TokenCount, width], features.Shape);
        Assert.Equal(features.Size(1), tower.Grid.Count);
        Assert.Equal((width, patches), (tower.Width, tower.Grid.Count));
    }

    [Theory]
    [InlineData("dinov2")]
    [InlineData("vit")]
    public void Tower_LastLayer_IsTheLastHiddenStateWithoutTheClassToken(string name)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        var pixels = golden.Input("pixel_values");
        Compare(golden.Output("last_hidden_state").Slice(1, 1), new EncoderTowerOptions { Path = golden.Path }, pixels);
        Compare(golden.Output("last_hidden_state"), new EncoderTowerOptions { Path = golden.Path, Patches = FeatureSelection.Full }, pixels);
        Compare(golden.Output("hidden_states.2").Slice(1, 1), new EncoderTowerOptions { Path = golden.Path, Layer = -2 }, pixels);
    }

    [Fact]
    public void Tower_ResNet_LaysOutTheStageInRasterOrder()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder("resnet50");
        var (tower, _) = Make(new EncoderTowerOptions { Path = golden.Path, Layer = -2 }, null);
        using var owned = (Module)tower;
        var features = tower.Encode(golden.Input("pixel_values"), null);       // [2, 16, 48]
        var expected = golden.Output("hidden_states.3");                       // [2, 48, 4, 4]
        Assert.Equal((4, 4), (tower.Grid.Rows, tower.Grid.Columns));
        Near.Assert(expected.Select(2, 1).Select(2, 3), features.Select(1, 7), 2e-5 * Math.Max(1, expected.Abs().Max().Item()), "second row, last column");
    }

    [Theory]
    [InlineData("clip")]
    [InlineData("siglip")]
    [InlineData("vit")]
    [InlineData("dinov2")]
    [InlineData("resnet50")]
    public void Tower_AnotherImageSize_HasTheGridOfThatSize(string name)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var (tower, picture) = Make(new EncoderTowerOptions { Path = GoldenFiles.Require(name), ImageSize = 112 }, null);
        using var owned = (Module)tower;
        Assert.Equal(new ImageSize(112, 112), picture);
        Assert.Equal(tower.Grid.Count, tower.Encode(Pixels(picture), null).Size(1));
        Assert.True(tower.Grid.Rows > Make(new EncoderTowerOptions { Path = GoldenFiles.Require(name) }, null).Tower.Grid.Rows);
    }

    [Theory]
    [InlineData("clip")]
    [InlineData("dinov2-swiglu")]
    [InlineData("vit")]
    [InlineData("resnet50")]
    public void Tower_FromASavedConfiguration_TakesTheSavedWeights(string name)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var folder = new TemporaryFolder();
        var options = new EncoderTowerOptions { Path = GoldenFiles.Require(name), ImageSize = 84 };
        var (tower, picture) = Make(options, null);
        using var owned = (Module)tower;
        var vision = Directory.CreateDirectory(Path.Combine(folder.Path, "vision")).FullName;
        File.WriteAllText(Path.Combine(vision, "config.json"), tower.Configuration!.ToJsonString());
        ImageTransform.Load(options.Path).ForSide(84).Save(Path.Combine(vision, "preprocessor_config.json"));

        var (again, same) = Make(options, folder.Path);
        using var second = (Module)again;
        second.LoadStateDict(owned.StateDict());
        Assert.Equal((picture, tower.Grid), (same, again.Grid));
        Near.Assert(tower.Encode(Pixels(picture), null), again.Encode(Pixels(picture), null), 0, "patches");
    }

    [Fact]
    public void Tower_VisionHalvesOfDualEncoders_EqualTheWholeOnes()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        foreach (var name in (string[])["clip", "siglip"])
        {
            using var folder = new TemporaryFolder();
            var whole = GoldenFiles.Require(name);
            using var dual = DualEncoder.Load(whole);
            dual.Vision.Save(folder.Path);
            File.Copy(Path.Combine(whole, "preprocessor_config.json"), Path.Combine(folder.Path, "preprocessor_config.json"));
            var (tower, picture) = Make(new EncoderTowerOptions { Path = whole, Layer = -2 }, null);
            var (half, _) = Make(new EncoderTowerOptions { Path = folder.Path, Layer = -2 }, null);
            Near.Assert(tower.Encode(Pixels(picture), null), half.Encode(Pixels(picture), null), 0, name);
        }
    }

    [Fact]
    public void Tower_ResNetThatLearns_KeepsItsStatistics()
    {
        using var scope = new TensorScope();
        var (tower, picture) = Make(new EncoderTowerOptions { Path = GoldenFiles.Require("resnet50") }, null);
        using var module = (Module)tower;
        var before = module.NamedBuffers().ToDictionary(b => b.Name, b => b.Value.Clone());
        module.SetTraining(true);
        tower.Encode(Pixels(picture), null).Square().Mean().Backward();
        Assert.All(module.NamedBuffers(), b => Near.Assert(before[b.Name].To(ScalarType.Float32), b.Value.To(ScalarType.Float32), 0, b.Name));
        Assert.Contains(module.Parameters(), parameter => parameter.Grad is not null);
    }

    [Theory]
    [InlineData("dinov2", -9)]
    [InlineData("resnet50", -6)]
    public void Tower_LayerBeyondTheModel_IsRefused(string name, int layer)
    {
        var error = Assert.Throws<CheckpointException>(() => Make(new EncoderTowerOptions { Path = GoldenFiles.Require(name), Layer = layer }, null));
        Assert.Contains($"layer {layer} is not there", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tower_PicturesOfAnotherSizeThanTheTowers_AsksForImageSize()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(GoldenFiles.Require("vit")))
        {
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        }

        ImageTransform.Load(folder.Path).ForSide(64).Save(Path.Combine(folder.Path, "preprocessor_config.json"));
        var error = Assert.Throws<CheckpointException>(() => Make(new EncoderTowerOptions { Path = folder.Path }, null));
        Assert.Contains("image_size", error.Message, StringComparison.Ordinal);
    }

    private static void Compare(Tensor expected, EncoderTowerOptions options, Tensor pixels)
    {
        var (tower, _) = Make(options, null);
        using var owned = (Module)tower;
        Near.Assert(expected, tower.Encode(pixels, null), 2e-5, $"layer {options.Layer}, {options.Patches}");
        Assert.Equal(expected.Size(1), tower.TokenCount);
    }

    private static (IVisionTower Tower, ImageSize Picture) Make(EncoderTowerOptions options, string? modelFolder)
    {
        using var generator = new Generator(1);
        var context = new SeamContext("/", generator, 0, 0, modelFolder);
        return (VisionParts.Tower(options, context), VisionParts.Preprocessing(options, context).OutputSize);
    }

    private static Tensor Pixels(ImageSize size)
    {
        using var generator = new Generator(2);
        return Tensor.RandomNormal([2, 3, size.Height, size.Width], generator);
    }
}
