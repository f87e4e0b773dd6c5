using Collimate.Imaging;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Imaging;

/// <summary>The short way from a file's bytes to a fitted picture against the long one: decode everything, resize everything, cut.</summary>
public sealed class EncodedFitTests
{
    private static readonly ImageTransform[] Transforms =
    [
        new() { ShortestEdge = 33, Crop = new(33, 33) },
        new() { ShortestEdge = 40, Crop = new(31, 22), Filter = ResampleFilter.Lanczos },
        new() { ShortestEdge = 20, Crop = new(44, 25) },
        new() { ExactSize = new(51, 17), Filter = ResampleFilter.Bilinear },
        new() { ExactSize = new(64, 48), Crop = new(20, 48), Filter = ResampleFilter.Box },
        new() { ExactSize = new(19, 23), Filter = ResampleFilter.Nearest },
        new() { ShortestEdge = 24, PadToSquare = true },
        new() { Crop = new(30, 20) },
    ];

    [Fact]
    public void Fit_JpegOfAnyShape_EqualsDecodingAndResizingWhole()
    {
        foreach (var (width, height, channels) in (ReadOnlySpan<(int, int, int)>)[(64, 48, 3), (48, 64, 3), (97, 31, 3), (33, 33, 3), (40, 30, 1), (8, 9, 3), (1, 1, 3), (130, 2, 3)])
        {
            var data = ImageCodec.Encode(HandMade.Picture(width, height, channels), ImageFormat.Jpeg, 85);
            var whole = ImageCodec.Decode(data);
            foreach (var transform in Transforms)
            {
                var processor = new ImageProcessor(transform);
                Assert.Equal(Reference(whole, transform), processor.Fit(whole).Pixels);
                Assert.Equal(Reference(whole, transform), processor.Fit(data.AsSpan()).Pixels);
            }
        }
    }

    [Fact]
    public void Fit_OtherFormatsAndTurnedPictures_TakeTheLongWay()
    {
        var picture = HandMade.Picture(50, 40);
        byte[][] files =
        [
            ImageCodec.Encode(picture, ImageFormat.Png), ImageCodec.Encode(picture, ImageFormat.WebP), HandMade.AnimatedGif, HandMade.InkJpeg,
            HandMade.Turned(ImageCodec.Encode(picture, ImageFormat.Jpeg), 1), HandMade.Turned(ImageCodec.Encode(picture, ImageFormat.Jpeg), 6),
        ];
        var processor = new ImageProcessor(Transforms[0]);
        Assert.All(files, file => Assert.Equal(processor.Fit(ImageCodec.Decode(file)).Pixels, processor.Fit(file.AsSpan()).Pixels));
    }

    [Fact]
    public void Process_Encoded_EqualsProcessingTheDecoded()
    {
        var data = ImageCodec.Encode(HandMade.Picture(70, 50), ImageFormat.Jpeg);
        var processor = new ImageProcessor(Transforms[1]);
        var values = new float[processor.OutputLength];
        processor.Process(data.AsSpan(), values);
        Assert.Equal(processor.Process(ImageCodec.Decode(data)), values);
        Assert.Throws<ArgumentException>(() => processor.Process(data.AsSpan(), new float[3]));
    }

    [Fact]
    public void Fit_DamagedJpeg_IsAcceptedOrRefusedAsDecodingItIs()
    {
        var jpeg = ImageCodec.Encode(HandMade.Picture(40, 30), ImageFormat.Jpeg);
        byte[][] files = [jpeg, HandMade.Turned(jpeg, 1), HandMade.Turned(jpeg, 8), HandMade.InkJpeg];
        var processor = new ImageProcessor(Transforms[0]);
        var limits = new ImageLimits(MaxPixels: 1_000_000);
        var property = Prop.ForAll((NonNegativeInt file, NonNegativeInt[] places, NonNegativeInt cut) =>
        {
            var bytes = (byte[])files[file.Get % files.Length].Clone();
            var step = cut.Get + 1;
            foreach (var place in places)
            {
                step = unchecked((step * 31) + place.Get + 7);
                bytes[(int)((uint)step % bytes.Length)] ^= (byte)(step | 1);
            }

            bytes = cut.Get % 5 == 0 ? bytes[..(bytes.Length - (cut.Get % bytes.Length))] : bytes;
            return Outcome(() => processor.Fit(bytes.AsSpan(), limits, "f")) == Outcome(() => processor.Fit(ImageCodec.Decode(bytes, limits, "f")));
        });
        Check.One(Properties.Hold.WithMaxTest(3_000), property);
    }

    [Fact]
    public void Fit_FilesOverALimit_SayWhich()
    {
        var jpeg = ImageCodec.Encode(HandMade.Picture(40, 30), ImageFormat.Jpeg);
        var error = Assert.Throws<ImageException>(() => new ImageProcessor(Transforms[0]).Fit(jpeg.AsSpan(), new ImageLimits(MaxSide: 39), "big.jpg"));
        Assert.StartsWith("big.jpg: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("MaxSide", error.Message, StringComparison.Ordinal);
    }

    private static string Outcome(Func<Image> fit)
    {
        try
        {
            return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(fit().Pixels));
        }
        catch (ImageException failure)
        {
            return failure.Message;
        }
    }

    // Steps one after the other, each on the whole picture.
    private static byte[] Reference(Image image, ImageTransform transform)
    {
        image = image.ToRgb();
        if (transform.PadToSquare)
        {
            return new ImageProcessor(transform).Fit(image).Pixels; // compared between the two ways only
        }

        var (width, height) = transform.ExactSize is { } exact ? (exact.Width, exact.Height)
            : transform.ShortestEdge is { } edge ? ImageProcessor.KeepShape(image.Width, image.Height, edge) : (image.Width, image.Height);
        image = Resampling.Resize(image, width, height, transform.Filter);
        return transform.Crop is { } crop ? new ImageProcessor(new ImageTransform { Crop = crop }).Fit(image).Pixels : image.Pixels;
    }
}
