using Collimate.Imaging;

namespace Collimate.Tests.Imaging;

public sealed class ImageCodecTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void EncodeDecode_Png_ReturnsTheSamePixels(int channels)
    {
        var image = HandMade.Picture(channels: channels);
        var again = ImageCodec.Decode(ImageCodec.Encode(image, ImageFormat.Png));
        Assert.Equal((image.Width, image.Height, image.Channels), (again.Width, again.Height, again.Channels));
        Assert.Equal(image.Pixels, again.Pixels);
    }

    [Fact]
    public void EncodeDecode_LosslessWebP_ReturnsTheSamePixels()
    {
        var image = HandMade.Picture();
        Assert.Equal(image.Pixels, ImageCodec.Decode(ImageCodec.Encode(image, ImageFormat.WebP, 100)).Pixels);
    }

    [Theory]
    [InlineData(ImageFormat.Jpeg)]
    [InlineData(ImageFormat.WebP)]
    public void EncodeDecode_Lossy_StaysClose(ImageFormat format)
    {
        var image = Image.Filled(33, 17, 200, 100, 50);
        var again = ImageCodec.Decode(ImageCodec.Encode(image, format, 95));
        Assert.Equal((33, 17, 3), (again.Width, again.Height, again.Channels));
        Assert.All(image.Pixels.Zip(again.Pixels), pair => Assert.InRange(pair.Second, pair.First - 4, pair.First + 4));
    }

    [Fact]
    public void Encode_Twice_GivesTheSameBytes()
    {
        var image = HandMade.Picture();
        Assert.Equal(ImageCodec.Encode(image, ImageFormat.Png), ImageCodec.Encode(image, ImageFormat.Png));
    }

    [Fact]
    public void Encode_JpegWithAlpha_DropsAlpha()
    {
        var image = new Image(8, 8, 4, [.. Enumerable.Repeat(new byte[] { 250, 250, 250, 0 }, 64).SelectMany(x => x)]);
        var again = ImageCodec.Decode(ImageCodec.Encode(image, ImageFormat.Jpeg, 100));
        Assert.Equal(3, again.Channels);
        Assert.All(again.Pixels, value => Assert.InRange(value, 248, 252));
    }

    [Fact]
    public void Encode_Gif_IsRefused() =>
        Assert.Contains("write PNG", Assert.Throws<ImageException>(() => ImageCodec.Encode(HandMade.Picture(), ImageFormat.Gif)).Message);

    [Fact]
    public void Decode_SixteenBitPng_KeepsTheHighBytes()
    {
        var image = ImageCodec.Decode(HandMade.Png(1, 1, 16, 2, [0, 200, 255, 100, 0, 50, 127]));
        Assert.Equal([200, 100, 50], image.Pixels);
    }

    [Fact]
    public void Decode_PalettePngWithTransparency_BecomesColourAndAlpha()
    {
        var image = ImageCodec.Decode(HandMade.Png(2, 1, 8, 3, [0, 0, 1], ("PLTE", [10, 20, 30, 40, 50, 60]), ("tRNS", [255, 128])));
        Assert.Equal(4, image.Channels);
        Assert.Equal([10, 20, 30, 255, 40, 50, 60, 128], image.Pixels);
        Assert.Equal([10, 20, 30, 40, 50, 60], image.ToRgb().Pixels);
    }

    [Fact]
    public void Decode_GreyPngs_KeepGreyOrGainAlpha()
    {
        Assert.Equal([9, 77], ImageCodec.Decode(HandMade.Png(2, 1, 8, 0, [0, 9, 77])).Pixels);
        Assert.Equal([0, 255], ImageCodec.Decode(HandMade.Png(2, 1, 1, 0, [0, 0b0100_0000])).Pixels);
        var alpha = ImageCodec.Decode(HandMade.Png(1, 1, 8, 4, [0, 77, 200]));
        Assert.Equal([77, 77, 77, 200], alpha.Pixels);
    }

    [Fact]
    public void Decode_InkJpeg_BecomesLightAsInPillow()
    {
        var image = ImageCodec.Decode(HandMade.InkJpeg);
        Assert.Equal(3, image.Channels);
        Assert.Equal([184, 138, 230], image.Pixels[..3]);
    }

    [Fact]
    public void Decode_AnimatedGif_GivesTheFirstFrame()
    {
        var image = ImageCodec.Decode(HandMade.AnimatedGif);
        Assert.Equal((1, 1), (image.Width, image.Height));
        Assert.Equal([255, 0, 0], image.ToRgb().Pixels);
    }

    [Theory]
    [InlineData(1, "rg/bw", 16, 8)]
    [InlineData(2, "gr/wb", 16, 8)]
    [InlineData(3, "wb/gr", 16, 8)]
    [InlineData(4, "bw/rg", 16, 8)]
    [InlineData(5, "rb/gw", 8, 16)]
    [InlineData(6, "br/wg", 8, 16)]
    [InlineData(7, "wg/br", 8, 16)]
    [InlineData(8, "gw/rb", 8, 16)]
    public void Decode_ExifOrientation_StandsUpright(byte orientation, string corners, int width, int height)
    {
        var image = ImageCodec.Decode(HandMade.Turned(ImageCodec.Encode(FourCorners(), ImageFormat.Jpeg, 100), orientation));
        Assert.Equal((width, height), (image.Width, image.Height));
        Assert.Equal(corners, $"{Corner(image, 1, 1)}{Corner(image, width - 2, 1)}/{Corner(image, 1, height - 2)}{Corner(image, width - 2, height - 2)}");
    }

    [Fact]
    public void Decode_MinimumSide_ShrinksOnlyAsFarAsAllowed()
    {
        var jpeg = ImageCodec.Encode(HandMade.Picture(400, 300), ImageFormat.Jpeg);
        Assert.Equal((100, 75), Size(ImageCodec.Decode(jpeg, minimumSide: 75)));
        Assert.Equal((200, 150), Size(ImageCodec.Decode(jpeg, minimumSide: 76)));
        Assert.Equal((400, 300), Size(ImageCodec.Decode(jpeg, minimumSide: 151)));
        Assert.Equal((400, 300), Size(ImageCodec.Decode(jpeg)));
    }

    [Fact]
    public void Save_ThenLoad_ReturnsThePictureAndLeavesNothingElse()
    {
        var folder = Directory.CreateTempSubdirectory("collimate-images-");
        try
        {
            var path = Path.Combine(folder.FullName, "ein Bild – 图.png");
            ImageCodec.Save(HandMade.Picture(), path);
            Assert.Equal(HandMade.Picture().Pixels, ImageCodec.Load(path).Pixels);
            Assert.Single(folder.GetFiles());
            Assert.Contains(".tiff", Assert.Throws<ImageException>(() => ImageCodec.Save(HandMade.Picture(), path + ".tiff")).Message);
            Assert.Throws<ImageException>(() => ImageCodec.Save(HandMade.Picture(), Path.Combine(folder.FullName, "absent", "a.png")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Decode_ManyThreads_GivesEachItsOwnPicture()
    {
        var files = Enumerable.Range(1, 8).Select(i => ImageCodec.Encode(Image.Filled(20 + i, 10, (byte)(i * 20), 0, 0), ImageFormat.Png)).ToArray();
        Parallel.For(0, 400, i =>
        {
            if (i % 5 == 0)
            {
                Assert.Throws<ImageException>(() => ImageCodec.Decode(files[i % 8].AsSpan(0, files[i % 8].Length / 2)));
                return;
            }

            var image = ImageCodec.Decode(files[i % 8]);
            Assert.Equal((21 + (i % 8), (byte)(((i % 8) + 1) * 20)), (image.Width, image.Pixels[0]));
        });
    }

    private static (int Width, int Height) Size(Image image) => (image.Width, image.Height);

    private static Image FourCorners()
    {
        var image = Image.Filled(16, 8, 255, 0, 0);
        for (var y = 0; y < 8; y++)
        {
            for (var x = 0; x < 16; x++)
            {
                byte[] colour = (x < 8, y < 4) switch
                {
                    (true, true) => [255, 0, 0],
                    (false, true) => [0, 255, 0],
                    (true, false) => [0, 0, 255],
                    _ => [255, 255, 255],
                };
                colour.CopyTo(image.Pixels, ((y * 16) + x) * 3);
            }
        }

        return image;
    }

    private static char Corner(Image image, int x, int y)
    {
        var pixel = image.Pixels.AsSpan(((y * image.Width) + x) * 3, 3);
        return (pixel[0] > 127, pixel[1] > 127, pixel[2] > 127) switch
        {
            (true, true, true) => 'w',
            (true, _, _) => 'r',
            (_, true, _) => 'g',
            (_, _, true) => 'b',
            _ => '?',
        };
    }
}
