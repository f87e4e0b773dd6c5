namespace Collimate.Imaging;

/// <summary>What a picture may ask of this process. All but <see cref="MaxBytes"/> are checked from the header, before a pixel is decoded.</summary>
/// <param name="MaxBytes">The most bytes of an encoded picture.</param>
/// <param name="MaxPixels">The most pixels, width times height.</param>
/// <param name="MaxSide">The longest side in pixels.</param>
/// <param name="MaxAspect">The most that one side may be longer than the other, as a factor.</param>
/// <param name="MaxFrames">The most frames of an animation, of which only the first is read.</param>
public sealed record ImageLimits(
    long MaxBytes = 256L << 20,
    long MaxPixels = 64_000_000,
    int MaxSide = 16_384,
    double MaxAspect = 200,
    int MaxFrames = 10_000)
{
    /// <summary>256 MiB, 64 megapixels, 16,384 pixels a side, 200 to 1, 10,000 frames.</summary>
    public static ImageLimits Default { get; } = new();

    internal void CheckBytes(long length, string origin)
    {
        if (length > MaxBytes)
        {
            throw new ImageException(
                $"{origin}: the file holds {length:N0} bytes; at most {MaxBytes:N0} are read. Make the picture smaller, or raise ImageLimits.MaxBytes.");
        }
    }

    internal void CheckHeader(ImageHeader header, string origin)
    {
        var (format, width, height) = header;
        var claim = $"{origin}: the {Name(format)} header says {width} x {height} pixels";
        if (width < 1 || height < 1)
        {
            throw new ImageException($"{claim}; both sides must be at least 1. The file is damaged: save it again from its source.");
        }

        if (width > MaxSide || height > MaxSide)
        {
            throw new ImageException($"{claim}; at most {MaxSide} a side are decoded. Shrink the picture, or raise ImageLimits.MaxSide.");
        }

        if (width * height > MaxPixels)
        {
            throw new ImageException($"{claim}, {width * height:N0} in all; at most {MaxPixels:N0} are decoded. Shrink the picture, or raise ImageLimits.MaxPixels.");
        }

        if (Math.Max(width, height) > MaxAspect * Math.Min(width, height))
        {
            throw new ImageException($"{claim}; one side may be at most {MaxAspect} times the other. Crop or split the picture, or raise ImageLimits.MaxAspect.");
        }
    }

    internal static string Name(ImageFormat format) => format switch
    {
        ImageFormat.Png => "PNG",
        ImageFormat.Jpeg => "JPEG",
        ImageFormat.WebP => "WebP",
        _ => "GIF",
    };
}
