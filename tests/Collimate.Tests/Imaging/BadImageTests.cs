using System.Text;
using Collimate.Imaging;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Imaging;

/// <summary>Pictures that are none, are broken, or ask for too much: one clear message each, and never a crash.</summary>
public sealed class BadImageTests
{
    [Fact]
    public void Load_MissingFile_SaysWhere()
    {
        var message = Assert.Throws<ImageException>(() => ImageCodec.Load("/nowhere/cat.png")).Message;
        Assert.StartsWith("/nowhere/cat.png: there is no such file", message);
    }

    [Fact]
    public void Load_Folder_SaysSo() =>
        Assert.Contains("it is a folder", Assert.Throws<ImageException>(() => ImageCodec.Load(Path.GetTempPath())).Message);

    [Fact]
    public void Load_TextNamedPng_SaysWhatItIs()
    {
        var path = Path.Combine(Path.GetTempPath(), $"collimate-{Guid.NewGuid():N}.png");
        File.WriteAllText(path, "this is not a picture\n");
        try
        {
            var message = Assert.Throws<ImageException>(() => ImageCodec.Load(path)).Message;
            Assert.Equal($"{path}: this is not a picture that can be read: it looks like text; expected PNG, JPEG, WebP or GIF. Convert it to one of these.", message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Decode_Empty_SaysSo() => Assert.Contains("empty", Message([]));

    [Theory]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>")]
    [InlineData("II*\0 tiff")]
    [InlineData("%PDF-1.7")]
    [InlineData("push graphic-context\nviewbox 0 0 640 480")]
    public void Decode_OtherFormats_AreRefusedBySignature(string start) =>
        Assert.Contains("not a picture that can be read", Message(Encoding.ASCII.GetBytes(start)));

    [Theory]
    [InlineData(50_000u, 50_000u, "50000 x 50000 pixels; at most 16384 a side")]
    [InlineData(1u, 500_000_000u, "1 x 500000000 pixels; at most 16384 a side")]
    [InlineData(65_535u, 65_535u, "at most 16384 a side")]
    [InlineData(uint.MaxValue, uint.MaxValue, "4294967295 x 4294967295")]
    [InlineData(16_000u, 16_000u, "256,000,000 in all; at most 64,000,000")]
    [InlineData(10_000u, 20u, "one side may be at most 200 times the other")]
    [InlineData(0u, 10u, "both sides must be at least 1")]
    public void Decode_SizesOverTheLimits_AreRefusedFromTheHeader(uint width, uint height, string expected)
    {
        var message = Message(HandMade.Png(width, height, 8, 0, [0, 0]));
        Assert.StartsWith($"bad.file: the PNG header says {width} x {height}", message);
        Assert.Contains(expected, message);
    }

    [Fact]
    public void Decode_OwnLimits_AreKept()
    {
        var png = ImageCodec.Encode(HandMade.Picture(40, 30), ImageFormat.Png);
        Assert.Contains("MaxSide", Message(png, new ImageLimits(MaxSide: 39)));
        Assert.Contains("MaxPixels", Message(png, new ImageLimits(MaxPixels: 1_199)));
        Assert.Contains("MaxBytes", Message(png, new ImageLimits(MaxBytes: png.Length - 1)));
        Assert.Contains("MaxAspect", Message(png, new ImageLimits(MaxAspect: 1.3)));
        Assert.Contains("2 frames", Message(HandMade.AnimatedGif, new ImageLimits(MaxFrames: 1)));
        Assert.Equal(40, ImageCodec.Decode(png, new ImageLimits(png.Length, 1_200, 40, 1.34, 1)).Width);
    }

    [Fact]
    public void Decode_GifWhoseFrameIsHuge_IsRefusedThoughItsScreenIsSmall()
    {
        var gif = (byte[])HandMade.AnimatedGif.Clone();
        var frame = Array.IndexOf(gif, (byte)0x2C);
        gif[frame + 6] = gif[frame + 8] = 0xFF; // 65281 x 65281
        Assert.NotEmpty(Outcome(gif));
    }

    [Theory]
    [InlineData(ImageFormat.Png)]
    [InlineData(ImageFormat.Jpeg)]
    [InlineData(ImageFormat.WebP)]
    public void Decode_CutShort_IsAnErrorNotHalfAPicture(ImageFormat format)
    {
        var whole = ImageCodec.Encode(HandMade.Picture(64, 64), format);
        foreach (var length in (int[])[8, 12, 20, whole.Length / 4, whole.Length / 2, whole.Length * 9 / 10])
        {
            Assert.Matches("damaged or cut short|not a picture|header is damaged", Message(whole[..length]));
        }
    }

    [Fact]
    public void Decode_GifCutShort_IsAnError() =>
        Assert.Contains("GIF", Message(HandMade.AnimatedGif[..30]));

    [Fact]
    public void Decode_PngWithFlippedData_IsAnError()
    {
        var png = ImageCodec.Encode(HandMade.Picture(64, 64), ImageFormat.Png);
        png[png.Length / 2] ^= 0x10;
        Assert.Contains("the PNG data is damaged or cut short (its header says 64 x 64 pixels)", Message(png));
    }

    [Fact]
    public void Decode_AnyBytes_EitherAPictureOrAnImageException()
    {
        byte[][] starts = [[], [0x89, .. "PNG\r\n"u8, 0x1A, 10], [0xFF, 0xD8, 0xFF], [.. "RIFF\x40\0\0\0WEBPVP8 "u8], [.. "RIFF\x40\0\0\0WEBPVP8L"u8], [.. "GIF89a"u8]];
        var property = Prop.ForAll((byte[] bytes, NonNegativeInt start) => Outcome([.. starts[start.Get % starts.Length], .. bytes]).Length > 0);
        Check.One(Properties.Hold.WithMaxTest(1_000), property);
    }

    [Fact]
    public void Decode_DamagedFiles_EitherAPictureOrAnImageException()
    {
        var picture = HandMade.Picture(24, 20);
        byte[][] files =
        [
            ImageCodec.Encode(picture, ImageFormat.Png),
            ImageCodec.Encode(picture, ImageFormat.Jpeg),
            ImageCodec.Encode(picture, ImageFormat.WebP),
            ImageCodec.Encode(picture, ImageFormat.WebP, 100),
            HandMade.Turned(ImageCodec.Encode(picture, ImageFormat.Jpeg), 6),
            HandMade.InkJpeg,
            HandMade.AnimatedGif,
        ];
        var limits = new ImageLimits(MaxPixels: 1_000_000);
        var property = Prop.ForAll((NonNegativeInt file, NonNegativeInt[] places, byte value) =>
        {
            var bytes = (byte[])files[file.Get % files.Length].Clone();
            var step = 1;
            foreach (var place in places)
            {
                // Places are small numbers at first; the product spreads them over the file.
                step = unchecked((step * 31) + place.Get + 7);
                bytes[(int)((uint)step % bytes.Length)] ^= (byte)(value + step | 1);
            }

            return Outcome(bytes, limits).Length > 0;
        });
        Check.One(Properties.Hold.WithMaxTest(3_000), property);
    }

    private static string Message(byte[] bytes, ImageLimits? limits = null) =>
        Assert.Throws<ImageException>(() => ImageCodec.Decode(bytes, limits, "bad.file")).Message;

    private static string Outcome(byte[] bytes, ImageLimits? limits = null)
    {
        try
        {
            return ImageCodec.Decode(bytes, limits, "bad.file").ToString();
        }
        catch (ImageException failure)
        {
            Assert.DoesNotContain("0x", failure.Message); // no decoder's words, no addresses
            return failure.Message;
        }
    }
}
