using Collimate.Imaging;

namespace Collimate.Tests.Imaging;

/// <summary>Resizing against closed forms and against a slow version that shares no code: floating-point weights, one pixel at a time.</summary>
public sealed class ResamplingTests
{
    private static readonly ResampleFilter[] Weighing =
        [ResampleFilter.Box, ResampleFilter.Bilinear, ResampleFilter.Hamming, ResampleFilter.Bicubic, ResampleFilter.Lanczos];

    [Fact]
    public void Resize_SameSize_ReturnsThePictureItself()
    {
        var image = HandMade.Picture();
        Assert.Same(image, Resampling.Resize(image, image.Width, image.Height, ResampleFilter.Lanczos));
    }

    [Fact]
    public void Resize_OneColour_StaysThatColour()
    {
        var image = Image.Filled(37, 23, 255, 128, 1);
        foreach (var filter in Enum.GetValues<ResampleFilter>())
        {
            foreach (var (width, height) in (ReadOnlySpan<(int, int)>)[(5, 7), (100, 64), (37, 3), (1, 1)])
            {
                Assert.Equal(Image.Filled(width, height, 255, 128, 1).Pixels, Resampling.Resize(image, width, height, filter).Pixels);
            }
        }
    }

    [Fact]
    public void Resize_BoxHalving_IsTheMeanOfPairsRoundedOncePerPass()
    {
        var image = HandMade.Picture(16, 12, 1);
        var half = Resampling.Resize(image, 8, 6, ResampleFilter.Box);
        for (var y = 0; y < 6; y++)
        {
            for (var x = 0; x < 8; x++)
            {
                int Pair(int row) => (image.Pixels[(row * 16) + (2 * x)] + image.Pixels[(row * 16) + (2 * x) + 1] + 1) / 2;
                Assert.Equal((Pair(2 * y) + Pair((2 * y) + 1) + 1) / 2, half.Pixels[(y * 8) + x]);
            }
        }
    }

    [Fact]
    public void Resize_NearestDoubling_RepeatsEveryPixel()
    {
        var image = HandMade.Picture(5, 4, 3);
        var twice = Resampling.Resize(image, 10, 8, ResampleFilter.Nearest);
        for (var y = 0; y < 8; y++)
        {
            for (var x = 0; x < 10; x++)
            {
                Assert.Equal(image.Pixels.AsSpan((((y / 2) * 5) + (x / 2)) * 3, 3), twice.Pixels.AsSpan(((y * 10) + x) * 3, 3));
            }
        }
    }

    [Fact]
    public void Resize_TransparentPixels_LendTheirColourToNobody()
    {
        var image = new Image(2, 1, 4, [200, 100, 50, 255, 7, 7, 7, 0]);
        // Half covered, so alpha is 128; 100, 50 and 25 premultiplied come back times 255 / 128, cut off as Pillow cuts.
        Assert.Equal([199, 99, 49, 128], Resampling.Resize(image, 1, 1, ResampleFilter.Box).Pixels);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Resize_EveryFilterAndShape_AgreesWithTheSlowVersion(int channels)
    {
        foreach (var filter in Weighing)
        {
            foreach (var (from, to) in (ReadOnlySpan<((int, int), (int, int))>)[((40, 30), (17, 11)), ((9, 31), (40, 12)), ((64, 5), (3, 50)), ((33, 47), (32, 48)), ((200, 2), (7, 2)), ((1, 1), (3, 3))])
            {
                var image = HandMade.Picture(from.Item1, from.Item2, channels);
                var fast = Resampling.Resize(image, to.Item1, to.Item2, filter).Pixels;
                var slow = Slow(image, to.Item1, to.Item2, filter);
                for (var i = 0; i < fast.Length; i++)
                {
                    Assert.True(Math.Abs(fast[i] - slow[i]) <= 1, $"{filter} {from} -> {to}, byte {i}: {fast[i]} against {slow[i]}");
                }
            }
        }
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, -1)]
    public void Resize_ImpossibleSize_IsRefused(int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Resampling.Resize(HandMade.Picture(), width, height, ResampleFilter.Box));

    private static byte[] Slow(Image image, int width, int height, ResampleFilter filter)
    {
        var across = new byte[width * image.Height * image.Channels];
        for (var i = 0; i < across.Length; i++)
        {
            var (x, y, c) = (i / image.Channels % width, i / image.Channels / width, i % image.Channels);
            across[i] = Blend(image.Width, width, x, filter, at => image.Pixels[(((y * image.Width) + at) * image.Channels) + c]);
        }

        var down = new byte[width * height * image.Channels];
        var stride = width * image.Channels;
        for (var i = 0; i < down.Length; i++)
        {
            down[i] = Blend(image.Height, height, i / stride, filter, at => across[(at * stride) + (i % stride)]);
        }

        return down;
    }

    private static byte Blend(int sourceSize, int targetSize, int target, ResampleFilter filter, Func<int, byte> source)
    {
        if (sourceSize == targetSize)
        {
            return source(target);
        }

        var scale = (double)sourceSize / targetSize;
        var stretch = Math.Max(1, scale);
        var centre = (target + 0.5) * scale;
        var (sum, total) = (0.0, 0.0);
        for (var at = 0; at < sourceSize; at++)
        {
            var weight = Curve(filter, (at + 0.5 - centre) / stretch);
            sum += weight * source(at);
            total += weight;
        }

        return (byte)Math.Clamp(Math.Round(sum / total), 0, 255);
    }

    private static double Curve(ResampleFilter filter, double x)
    {
        var d = Math.Abs(x);
        double Wave(double t) => t == 0 ? 1 : Math.Sin(Math.PI * t) / (Math.PI * t);
        return filter switch
        {
            ResampleFilter.Box => x > -0.5 && x <= 0.5 ? 1 : 0,
            ResampleFilter.Bilinear => Math.Max(0, 1 - d),
            ResampleFilter.Hamming => d < 1 ? Wave(d) * (0.54 + (0.46 * Math.Cos(Math.PI * d))) : 0,
            ResampleFilter.Lanczos => d < 3 ? Wave(d) * Wave(d / 3) : 0,
            _ => d < 1 ? (1.5 * d * d * d) - (2.5 * d * d) + 1 : d < 2 ? (-0.5 * d * d * d) + (2.5 * d * d) - (4 * d) + 2 : 0,
        };
    }
}
