using Collimate.Alignment.Towers;
using Collimate.Imaging;
using Collimate.Models.Vision;
using Collimate.Tests.Models;
using Collimate.Torch;

namespace Collimate.Tests.Alignment.Towers;

/// <summary>Several towers side by side, and one at several scales, each held against the slow and plain way.</summary>
public sealed class TowerCombinationTests
{
    private static readonly VisionConfig Small = new()
    {
        HiddenSize = 12, LayerCount = 2, HeadCount = 2, IntermediateSize = 16, ImageSize = 8, PatchSize = 4, HasPoolingHead = false,
    };

    private static readonly ImageTransform Grey = new() { ExactSize = new ImageSize(8, 8) };

    [Fact]
    public void Encode_OfFusedTowers_IsEachTowersOwnPatchesSideBySide()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        // Another family, another size of picture and another normalisation, but the same grid.
        var dino = Small with { Family = EncoderFamily.Dinov2, HiddenSize = 16, ImageSize = 12, PatchSize = 6 };
        ImageTransform[] transforms = [Grey with { ExactSize = new ImageSize(12, 12), Mean = [0.4, 0.5, 0.3], Deviation = [0.2, 0.3, 0.1] }, Grey];
        var processor = new ImageProcessor(transforms);
        EncoderTower[] towers = [Tower(dino, 1, -2), Tower(Small, 2, -1)];
        using var fused = new FusedTower([.. towers.Zip(processor.Sheet.Regions)], interpolates: false);
        var image = TestPicture(20, 13);

        var found = fused.Encode(Pixels(processor, image), null);

        var expected = transforms.Zip(towers, (transform, tower) => tower.Encode(Pixels(new ImageProcessor(transform), image), null));
        Near.Assert(Tensor.Cat([.. expected], -1), found, 0, "patches");
        Assert.Equal((28, 4, 4), (fused.Width, ((IVisionTower)fused).TokenCount, (int)found.Size(1)));
    }

    [Fact]
    public void Construct_TowersOfOtherGrids_IsRefusedOrInterpolates()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var first = Tower(Small, 1, -1);
        using var wide = Tower(Small with { ImageSize = 16 }, 2, -1);
        var sheet = PictureSheet.Of([new ImageSize(8, 8), new ImageSize(16, 16)]);
        (EncoderTower, SheetRegion)[] both = [(first, sheet.Regions[0]), (wide, sheet.Regions[1])];

        var refused = Assert.Throws<ArgumentException>(() => new FusedTower(both, interpolates: false));
        Assert.Contains("tower 0 has 2 x 2 patches and tower 1 has 4 x 4", refused.Message, StringComparison.Ordinal);
        Assert.Contains("image_size of 8", refused.Message, StringComparison.Ordinal);

        // Halving by straight lines between centres is the mean of four.
        using var fused = new FusedTower(both, interpolates: true);
        var pixels = Tensor.RandomNormal([1, 3, 24, 16], new Generator(3));
        var found = fused.Encode(pixels, null).Slice(2, 12);
        var fine = wide.Encode(pixels.Narrow(2, 8, 16).Contiguous(), null).View(1, 2, 2, 2, 2, 12).Mean([2, 4]).View(1, 4, 12);
        Near.Assert(fine, found, 1e-5, "interpolated");
    }

    [Fact]
    public void Construct_ClassToken_IsRefused()
    {
        using var tower = new EncoderTower(new VisionTransformer(Small with { Family = EncoderFamily.Clip }), -1, skipped: 0);
        var region = PictureSheet.Of([new ImageSize(8, 8)]).Regions[0];

        Assert.Contains("patches: default", Assert.Throws<ArgumentException>(() => new FusedTower([(tower, region), (tower, region)], false)).Message, StringComparison.Ordinal);
        Assert.Contains("patches: default", Assert.Throws<ArgumentException>(() => new MultiScaleTower(tower, [(1, region)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_AtScaleOne_IsThePlainTower()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var tower = Tower(Small, 1, -1);
        var processor = new ImageProcessor(Grey);
        using var scaled = new MultiScaleTower(tower, [(1, processor.Sheet.Regions[0])]);
        var pixels = Pixels(processor, TestPicture(9, 14));

        Near.Assert(tower.Encode(pixels, null), scaled.Encode(pixels, null), 0, "patches");
        Assert.Equal((tower.Width, tower.Grid), (scaled.Width, scaled.Grid));
    }

    [Fact]
    public void Encode_AtScales_EqualsTileAfterTileAndTheMeanOfWhatLiesInAPatch()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var tower = Tower(Small, 1, -1);
        int[] scales = [1, 3, 2];
        var processor = new ImageProcessor([.. scales.Select(scale => Grey.ForSide(8 * scale))]);
        using var scaled = new MultiScaleTower(tower, [.. scales.Zip(processor.Sheet.Regions)]);
        Image[] images = [TestPicture(40, 30), TestPicture(24, 24)];

        var found = scaled.Encode(Tensor.Cat([.. images.Select(image => Pixels(processor, image))]), null);

        Assert.Equal((36, 14), (scaled.Width, scaled.TileCount));
        foreach (var (number, image) in images.Index())
        {
            foreach (var (at, scale) in scales.Index())
            {
                Near.Assert(Slow(tower, image, scale), found.Select(0, number).Slice(1, 12 * at, 12 * (at + 1)), 1e-5, $"picture {number}, scale {scale}");
            }
        }
    }

    [Fact]
    public void Parameters_OfOneTowerThatLearns_AloneGetGradients()
    {
        using var scope = new TensorScope();
        var regions = PictureSheet.Of([new ImageSize(8, 8), new ImageSize(8, 8)]).Regions;
        using var fused = new FusedTower([(Tower(Small, 1, -1), regions[0]), (Tower(Small, 2, -2), regions[1])], false);
        fused.SetRequiresGrad(false);
        fused.Towers[1].SetRequiresGrad(true);

        fused.Encode(Tensor.RandomNormal([1, 3, 16, 8], new Generator(3)), null).Square().Sum().Backward();

        Assert.Contains(fused.Towers[1].Parameters(), parameter => parameter.Grad is not null);
        Assert.DoesNotContain(fused.Towers[0].Parameters(), parameter => parameter.Grad is not null);
        Assert.All(fused.NamedParameters().Where(parameter => parameter.Value.RequiresGrad), parameter => Assert.StartsWith("towers.1.", parameter.Name, StringComparison.Ordinal));
    }

    // Every tile on its own; every place of the fine grid added to the patch of the coarse one that it lies in.
    private static Tensor Slow(EncoderTower tower, Image image, int scale)
    {
        var pixels = Pixels(new ImageProcessor(Grey.ForSide(8 * scale)), image);
        var sums = new double[4 * 12];
        for (var row = 0; row < scale; row++)
        {
            for (var column = 0; column < scale; column++)
            {
                var tile = tower.Encode(pixels.Narrow(2, row * 8, 8).Narrow(3, column * 8, 8).Contiguous(), null).ToArray<float>();
                for (var patch = 0; patch < 4; patch++)
                {
                    var (y, x) = (((row * 2) + (patch / 2)) / scale, ((column * 2) + (patch % 2)) / scale);
                    for (var k = 0; k < 12; k++)
                    {
                        sums[(((y * 2) + x) * 12) + k] += tile[(patch * 12) + k] / (double)(scale * scale);
                    }
                }
            }
        }

        return Tensor.From([.. sums.Select(sum => (float)sum)], [4, 12]);
    }

    private static EncoderTower Tower(VisionConfig config, ulong seed, int layer)
    {
        using var generator = new Generator(seed);
        return new EncoderTower(new VisionTransformer(config, generator), layer);
    }

    private static Tensor Pixels(ImageProcessor processor, Image image) => Tensor.From(processor.Process(image), [1, 3, processor.OutputSize.Height, processor.OutputSize.Width]);

    private static Image TestPicture(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(width).NextBytes(pixels);
        return new Image(width, height, 3, pixels);
    }
}
