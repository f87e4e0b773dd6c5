namespace Collimate.Imaging;

/// <summary>Turns a picture into what a vision tower reads: floats, [3, height, width], by the steps of an <see cref="ImageTransform"/>. Safe to use from many threads.</summary>
public sealed class ImageProcessor
{
    // A byte has only 256 values, so rescaling and normalising is one look-up: [channel, byte].
    private readonly float[] _values = new float[3 * 256];
    private readonly ImageProcessor[] _others = [];

    /// <summary>Prepares a transform for use.</summary>
    /// <param name="transform">The steps.</param>
    /// <exception cref="ImageException">The steps contradict each other or fix no output size.</exception>
    public ImageProcessor(ImageTransform transform)
    {
        ArgumentNullException.ThrowIfNull(transform);
        Transform = transform.Validated("image transform");
        if (transform.Canvases is not null)
        {
            throw new ImageException("the image transform cuts pictures into tiles (image_grid_pinpoints), but one picture as a whole is wanted here. Use the settings of a model that takes one.");
        }

        Sheet = PictureSheet.Of([Transform.OutputSize]);
        for (var channel = 0; channel < 3; channel++)
        {
            var mean = (float)Transform.Mean[channel];
            var deviation = (float)Transform.Deviation[channel];
            for (var value = 0; value < 256; value++)
            {
                var rescaled = (float)(value * Transform.RescaleFactor);
                _values[(channel * 256) + value] = (rescaled - mean) / deviation;
            }
        }
    }

    /// <summary>Prepares several transforms of the same picture, whose results lie on one <see cref="PictureSheet"/>.</summary>
    /// <param name="transforms">The steps of each; at least one.</param>
    /// <exception cref="ImageException">The steps of one contradict each other or fix no output size.</exception>
    public ImageProcessor(IReadOnlyList<ImageTransform> transforms)
        : this(transforms[0])
    {
        _others = [.. transforms.Skip(1).Select(transform => new ImageProcessor(transform))];
        Sheet = PictureSheet.Of([.. Transforms.Select(transform => transform.OutputSize)]);
    }

    /// <summary>The steps; of several transforms, the first's.</summary>
    public ImageTransform Transform { get; }

    /// <summary>The steps of every transform.</summary>
    public IReadOnlyList<ImageTransform> Transforms => [Transform, .. _others.Select(other => other.Transform)];

    /// <summary>Where the transforms' results lie.</summary>
    public PictureSheet Sheet { get; }

    /// <summary>The size that every picture ends up with; of several transforms, that of the sheet.</summary>
    public ImageSize OutputSize => Sheet.Size;

    /// <summary>Floats a picture: 3 x height x width.</summary>
    public int OutputLength => 3 * OutputSize.Height * OutputSize.Width;

    /// <summary>Reads a <c>preprocessor_config.json</c>.</summary>
    /// <param name="path">The file, or the folder that holds it.</param>
    /// <exception cref="ImageException">The file is missing or says something that is not understood; the message names the key.</exception>
    public static ImageProcessor Load(string path) => new(ImageTransform.Load(path));

    /// <summary>Processes a picture.</summary>
    /// <param name="image">Any picture; it is taken as colour without alpha.</param>
    /// <returns>[3, height, width].</returns>
    public float[] Process(Image image)
    {
        var values = new float[OutputLength];
        Process(image, values);
        return values;
    }

    /// <summary>Processes a picture into memory of the caller.</summary>
    /// <param name="image">Any picture; it is taken as colour without alpha.</param>
    /// <param name="destination">[3, height, width], exactly <see cref="OutputLength"/> long.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Process(Image image, Span<float> destination)
    {
        CheckLength(destination);
        Image? fitted = null;
        for (var k = 0; k <= _others.Length; k++)
        {
            var processor = Part(k);
            fitted = fitted is not null && processor.FitsLike(Part(k - 1)) ? fitted : processor.Fit(image);
            processor.Lay(fitted, destination, Sheet.Regions[k].Top, OutputSize);
        }
    }

    /// <summary>Decodes and processes a picture: for a JPEG that is to become smaller much faster than decoding it first, with the same result.</summary>
    /// <param name="encoded">The bytes of an image file.</param>
    /// <param name="destination">[3, height, width], exactly <see cref="OutputLength"/> long.</param>
    /// <param name="limits">What the picture may ask for; <see cref="ImageLimits.Default"/> where null.</param>
    /// <param name="origin">What to call the picture in messages, usually its path.</param>
    /// <exception cref="ImageException">The bytes are no supported picture, damaged, cut short, or over a limit.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Process(ReadOnlySpan<byte> encoded, Span<float> destination, ImageLimits? limits = null, string? origin = null)
    {
        CheckLength(destination);
        Image? fitted = null;
        for (var k = 0; k <= _others.Length; k++)
        {
            var processor = Part(k);
            fitted = fitted is not null && processor.FitsLike(Part(k - 1)) ? fitted : processor.Fit(encoded, limits, origin);
            processor.Lay(fitted, destination, Sheet.Regions[k].Top, OutputSize);
        }
    }

    internal void Normalise(Image fitted, Span<float> destination)
    {
        CheckLength(destination);
        Lay(fitted, destination, 0, OutputSize);
    }

    private ImageProcessor Part(int number) => number == 0 ? this : _others[number - 1];

    // Whether only the numbers differ that bytes become, and not the bytes.
    private bool FitsLike(ImageProcessor other)
    {
        var (mine, theirs) = (Transform, other.Transform);
        return mine with { Mean = theirs.Mean, Deviation = theirs.Deviation, RescaleFactor = theirs.RescaleFactor } == theirs && (!mine.PadToSquare || mine.Mean.SequenceEqual(theirs.Mean));
    }

    private void Lay(Image fitted, Span<float> sheet, int top, ImageSize size)
    {
        var (pixels, width, height) = (fitted.Pixels, fitted.Width, fitted.Height);
        for (var channel = 0; channel < 3; channel++)
        {
            var values = _values.AsSpan(channel * 256, 256);
            for (var row = 0; row < height; row++)
            {
                var line = sheet.Slice(((channel * size.Height) + top + row) * size.Width, size.Width);
                for (int x = 0, from = (row * width * 3) + channel; x < width; x++, from += 3)
                {
                    line[x] = values[pixels[from]];
                }

                line[width..].Clear();
            }
        }
    }

    private void CheckLength(Span<float> destination)
    {
        if (destination.Length != OutputLength)
        {
            throw new ArgumentException($"the destination holds {destination.Length} floats; 3 x {OutputSize.Height} x {OutputSize.Width} = {OutputLength} are needed", nameof(destination));
        }
    }

    /// <summary>The picture after padding, resizing and cropping, before its bytes become floats: what the tower is shown, to look at.</summary>
    /// <param name="image">Any picture.</param>
    /// <returns>A colour picture; of several transforms, the first's.</returns>
    public Image Fit(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        image = image.ToRgb();
        if (Transform.PadToSquare)
        {
            image = PadToSquare(image);
        }

        var (width, height) = ResizedFrom(image.Width, image.Height);
        image = CropInside(width, height) is { } window
            ? Resampling.Resize(image, width, height, Transform.Filter, window)
            : Resampling.Resize(image, width, height, Transform.Filter);
        return Finished(image);
    }

    /// <summary>The same from an image file's bytes, see <see cref="Process(ReadOnlySpan{byte}, Span{float}, ImageLimits?, string?)"/>.</summary>
    /// <param name="encoded">The bytes of an image file.</param>
    /// <param name="limits">What the picture may ask for; <see cref="ImageLimits.Default"/> where null.</param>
    /// <param name="origin">What to call the picture in messages, usually its path.</param>
    /// <returns>A colour picture; of several transforms, the first's.</returns>
    /// <exception cref="ImageException">The bytes are no supported picture, damaged, cut short, or over a limit.</exception>
    public Image Fit(ReadOnlySpan<byte> encoded, ImageLimits? limits = null, string? origin = null)
    {
        limits ??= ImageLimits.Default;
        using var plain = Transform.PadToSquare || Transform.Filter == ResampleFilter.Nearest ? null : PlainJpeg.TryDecode(encoded, limits, origin ?? "picture");
        if (plain is null)
        {
            return Fit(ImageCodec.Decode(encoded, limits, origin));
        }

        var (width, height) = ResizedFrom(plain.Width, plain.Height);
        return (width, height) == (plain.Width, plain.Height)
            ? Fit(ImageCodec.Decode(encoded, limits, origin))
            : Finished(Resampling.Resize(plain.Rows, width, height, Transform.Filter, CropInside(width, height) ?? PixelWindow.Whole(width, height)));
    }

    private (int Width, int Height) ResizedFrom(int width, int height) =>
        Transform.ExactSize is { } exact ? (exact.Width, exact.Height)
        : Transform.ShortestEdge is { } edge ? KeepShape(width, height, edge)
        : (width, height);

    // The part of the resized picture that the crop keeps, where it lies inside; nothing else need be computed.
    private PixelWindow? CropInside(int width, int height) => Transform.Crop is { } crop && crop.Width <= width && crop.Height <= height
        ? new PixelWindow((width - crop.Width) / 2, (height - crop.Height) / 2, crop.Width, crop.Height)
        : null;

    private Image Finished(Image image)
    {
        if (Transform.Crop is { } crop)
        {
            image = CropCentre(image, crop);
        }

        var wanted = Transform.OutputSize;
        return image.Width == wanted.Width && image.Height == wanted.Height
            ? image
            : throw new ImageException($"the picture is {image.Width} x {image.Height} after all steps, but {wanted} is needed. Turn resizing on (do_resize) in the image processor's settings.");
    }

    internal static (int Width, int Height) KeepShape(int width, int height, int shortest) => width <= height
        ? (shortest, (int)((long)shortest * height / width))
        : ((int)((long)shortest * width / height), shortest);

    private Image PadToSquare(Image image)
    {
        var side = Math.Max(image.Width, image.Height);
        if (image.Width == image.Height)
        {
            return image;
        }

        var square = Image.Filled(side, side, MeanByte(0), MeanByte(1), MeanByte(2));
        Paste(image, square, (side - image.Width) / 2, (side - image.Height) / 2);
        return square;
    }

    private byte MeanByte(int channel) => (byte)Math.Clamp((int)(Transform.Mean[channel] * 255), 0, 255);

    private static Image CropCentre(Image image, ImageSize size)
    {
        if (image.Width == size.Width && image.Height == size.Height)
        {
            return image;
        }

        var (width, height) = (Math.Min(image.Width, size.Width), Math.Min(image.Height, size.Height));
        var cut = image.Crop((image.Width - width) / 2, (image.Height - height) / 2, width, height);
        if (width == size.Width && height == size.Height)
        {
            return cut;
        }

        var whole = Image.Filled(size.Width, size.Height, 0, 0, 0);
        Paste(cut, whole, (size.Width - width + 1) / 2, (size.Height - height + 1) / 2);
        return whole;
    }

    internal static void Paste(Image image, Image onto, int x, int y)
    {
        for (var row = 0; row < image.Height; row++)
        {
            image.Pixels.AsSpan(row * image.Width * 3, image.Width * 3).CopyTo(onto.Pixels.AsSpan((((y + row) * onto.Width) + x) * 3));
        }
    }
}
