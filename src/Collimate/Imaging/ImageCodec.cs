using Collimate.Torch.Serialization;
using static Collimate.Imaging.ImageLibrary;

namespace Collimate.Imaging;

/// <summary>Reads and writes PNG, JPEG, WebP and (reading only) GIF. Bytes are not trusted: sizes are checked before decoding, damaged data is an error, never a half picture.</summary>
public static unsafe class ImageCodec
{
    /// <summary>Decodes a picture: upright by its EXIF orientation, 8 bits a channel, one channel where it is grey, colour otherwise, four channels where it has alpha; of an animation the first frame.</summary>
    /// <param name="data">The encoded bytes; the format is told from them.</param>
    /// <param name="limits">What the picture may ask for; <see cref="ImageLimits.Default"/> where null.</param>
    /// <param name="origin">What to call the picture in messages, usually its path.</param>
    /// <param name="minimumSide">Where above 0, a JPEG may be decoded at a half, a quarter or an eighth of its size as long as both sides keep this many pixels: much faster, and close to but not the same as decoding whole and resizing.</param>
    /// <exception cref="ImageException">The bytes are no supported picture, damaged, cut short, or over a limit.</exception>
    public static Image Decode(ReadOnlySpan<byte> data, ImageLimits? limits = null, string? origin = null, int minimumSide = 0)
    {
        origin ??= "picture";
        limits ??= ImageLimits.Default;
        limits.CheckBytes(data.Length, origin);
        var header = ImageHeader.Read(data, origin);
        limits.CheckHeader(header, origin);

        var asked = new NativeLimits
        {
            MaxPixels = limits.MaxPixels,
            MaxSide = limits.MaxSide,
            MaxFrames = limits.MaxFrames,
            MinimumSide = Math.Max(0, minimumSide),
        };
        NativeImage native;
        Status status;
        fixed (byte* bytes = data)
        {
            status = ImageLibrary.Decode(bytes, (nuint)data.Length, header.Format, &asked, &native);
        }

        if (status != Status.Ok)
        {
            throw Failure(status, header, origin);
        }

        try
        {
            var pixels = new ReadOnlySpan<byte>(native.Pixels, checked(native.Width * native.Height * native.Channels)).ToArray();
            return new Image(native.Width, native.Height, native.Channels, pixels);
        }
        finally
        {
            Free(native.Pixels);
        }
    }

    /// <summary>Reads and decodes a file; see <see cref="Decode"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What the picture may ask for; <see cref="ImageLimits.Default"/> where null.</param>
    /// <param name="minimumSide">See <see cref="Decode"/>.</param>
    /// <exception cref="ImageException">The file is missing, unreadable, no supported picture, damaged, or over a limit.</exception>
    public static Image Load(string path, ImageLimits? limits = null, int minimumSide = 0)
    {
        limits ??= ImageLimits.Default;
        return Decode(ReadFile(path, limits), limits, path, minimumSide);
    }

    /// <summary>The bytes of a picture's file.</summary>
    /// <exception cref="ImageException">The file is missing, unreadable, or over a limit.</exception>
    internal static byte[] ReadFile(string path, ImageLimits limits)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            limits.CheckBytes(file.Length, path);
            var data = GC.AllocateUninitializedArray<byte>(checked((int)file.Length));
            file.ReadExactly(data);
            return data;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageException($"{path}: there is no such file. Check the path; it is taken from the folder {Environment.CurrentDirectory}.", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ImageException($"{path}: the file cannot be read ({(Directory.Exists(path) ? "it is a folder" : failure.Message)}). Name a readable picture file.", failure);
        }
    }

    /// <summary>Encodes a picture; the same pixels and settings give the same bytes.</summary>
    /// <param name="image">The picture. For JPEG its alpha is dropped.</param>
    /// <param name="format">The format to write.</param>
    /// <param name="quality">1 to 100, for JPEG and WebP; WebP is lossless at 100.</param>
    /// <exception cref="ImageException">The format cannot be written, or the encoder cannot write this picture.</exception>
    public static byte[] Encode(Image image, ImageFormat format, int quality = 90)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        if (format is not (ImageFormat.Png or ImageFormat.Jpeg or ImageFormat.WebP))
        {
            throw new ImageException($"{ImageLimits.Name(format)} is read but not written; write PNG, JPEG or WebP.");
        }

        if (format == ImageFormat.Jpeg && image.Channels == 4)
        {
            image = image.ToRgb();
        }

        byte* bytes;
        nuint length;
        Status status;
        fixed (byte* pixels = image.Pixels)
        {
            var native = new NativeImage { Width = image.Width, Height = image.Height, Channels = image.Channels, Pixels = pixels };
            status = ImageLibrary.Encode(&native, format, quality, &bytes, &length);
        }

        if (status != Status.Ok)
        {
            throw new ImageException($"a picture of {image} cannot be written as {ImageLimits.Name(format)}: {LastError}. PNG takes every size.");
        }

        try
        {
            return new ReadOnlySpan<byte>(bytes, checked((int)length)).ToArray();
        }
        finally
        {
            Free(bytes);
        }
    }

    /// <summary>Writes a picture; its format is told from the path's ending (.png, .jpg, .jpeg, .webp). The file appears whole or not at all.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="quality">See <see cref="Encode"/>.</param>
    /// <exception cref="ImageException">The ending is of no format that can be written, or writing failed.</exception>
    public static void Save(Image image, string path, int quality = 90)
    {
        ArgumentNullException.ThrowIfNull(path);
        var ending = Path.GetExtension(path);
        var format = ending.ToLowerInvariant() switch
        {
            ".png" => ImageFormat.Png,
            ".jpg" or ".jpeg" => ImageFormat.Jpeg,
            ".webp" => ImageFormat.WebP,
            _ => throw new ImageException($"{path}: the ending '{ending}' names no format that can be written; use .png, .jpg, .jpeg or .webp."),
        };
        var bytes = Encode(image, format, quality);
        try
        {
            WholeFile.Write(path, bytes);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ImageException($"{path}: the picture cannot be written ({failure.Message}). Check that the folder exists and is writable.", failure);
        }
    }

    private static ImageException Failure(Status status, ImageHeader header, string origin)
    {
        var format = ImageLimits.Name(header.Format);
        return new ImageException(status switch
        {
            Status.Header => $"{origin}: the {format} header is damaged. Copy or download the file again.",
            Status.Limit => $"{origin}: the {format} picture is over a limit: {LastError}. Shrink it, or raise ImageLimits.",
            Status.Data => $"{origin}: the {format} data is damaged or cut short (its header says {header.Width} x {header.Height} pixels). Copy or download the file again.",
            Status.Memory => $"{origin}: not enough memory to decode {header.Width} x {header.Height} pixels. Shrink the picture.",
            _ => $"{origin}: the {format} picture cannot be decoded: {LastError}.",
        });
    }
}
