using Collimate.Imaging;

namespace Collimate.Tests.Imaging;

public sealed class PictureSheetTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Process_SeveralTransforms_LaysEachDownAsItIsAlone(bool encoded)
    {
        ImageTransform[] transforms =
        [
            new() { ExactSize = new ImageSize(6, 4) },
            new() { ExactSize = new ImageSize(6, 4), Mean = [0.1, 0.2, 0.3], Deviation = [0.5, 0.25, 1] },
            new() { ShortestEdge = 10, Crop = new ImageSize(9, 9), Filter = ResampleFilter.Bilinear },
        ];
        var processor = new ImageProcessor(transforms);
        var image = Noise(31, 22);
        using var folder = new TemporaryFolder();
        ImageCodec.Save(image, folder["picture.png"]);
        var sheet = Enumerable.Repeat(7f, processor.OutputLength).ToArray(); // what lay there before must not show

        if (encoded)
        {
            processor.Process(File.ReadAllBytes(folder["picture.png"]), sheet);
        }
        else
        {
            processor.Process(image, sheet);
        }

        Assert.Equal(new ImageSize(9, 17), processor.OutputSize);
        foreach (var (transform, region) in transforms.Zip(processor.Sheet.Regions))
        {
            var alone = new ImageProcessor(transform).Process(image);
            for (var channel = 0; channel < 3; channel++)
            {
                for (var row = 0; row < region.Size.Height; row++)
                {
                    var line = sheet.AsSpan(((channel * 17) + region.Top + row) * 9, 9);
                    Assert.Equal(alone.AsSpan(((channel * region.Size.Height) + row) * region.Size.Width, region.Size.Width).ToArray(), line[..region.Size.Width].ToArray());
                    Assert.True(line[region.Size.Width..].IndexOfAnyExcept(0f) < 0);
                }
            }
        }
    }

    private static Image Noise(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(1).NextBytes(pixels);
        return new Image(width, height, 3, pixels);
    }
}
