using System.Buffers.Text;
using System.Text;
using Collimate.Imaging;
using Collimate.Server.Hosting;
using Collimate.Server.Protocol;

namespace Collimate.Server.Pictures;

/// <summary>Gets the bytes of a picture that a request speaks of. What it claims to be is looked at before it is decoded, and so is its size.</summary>
/// <param name="options">The limits.</param>
/// <param name="remote">Fetches pictures from hosts that are allowed.</param>
internal sealed class PictureReader(ServerOptions options, RemotePictures remote)
{
    private static readonly Dictionary<string, ImageFormat> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        ["image/png"] = ImageFormat.Png, ["image/jpeg"] = ImageFormat.Jpeg, ["image/jpg"] = ImageFormat.Jpeg, ["image/webp"] = ImageFormat.WebP, ["image/gif"] = ImageFormat.Gif,
    };

    /// <summary>Reads a picture.</summary>
    /// <param name="url">A data: URL, or an http(s) URL of a host that is allowed.</param>
    /// <param name="parameter">The part of the request, for messages.</param>
    /// <param name="cancellation">Ends a fetch.</param>
    /// <exception cref="ApiException">It is no picture, too large, or from a place that pictures are not taken from.</exception>
    public async Task<byte[]> Read(string url, string parameter, CancellationToken cancellation)
    {
        if (url.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
        {
            var (type, data) = Decode(url, parameter);
            return Checked(data, type, parameter);
        }

        var (fetchedType, fetched) = await remote.Fetch(url, parameter, cancellation).ConfigureAwait(false);
        return Checked(fetched, fetchedType, parameter);
    }

    /// <summary>Checks the bytes of a picture that came as they are.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="type">The type they were sent as; not compared where null.</param>
    /// <param name="parameter">The part of the request, for messages.</param>
    public byte[] Checked(byte[] data, string? type, string parameter)
    {
        var limits = options.PictureLimits;
        CheckBytes(data.LongLength, parameter);
        ImageHeader header;
        try
        {
            header = ImageHeader.Read(data);
        }
        catch (ImageException)
        {
            throw ApiException.Invalid("This is not a picture that can be read. Send a whole PNG, JPEG, WebP or GIF file.", parameter, "invalid_image");
        }

        if (type is not null && (!Types.TryGetValue(type, out var said) || said != header.Format))
        {
            throw ApiException.Invalid($"The picture was sent as {Shown(type)}, but its bytes are {header.Format.ToString().ToUpperInvariant()}. Send the type that it is.", parameter, "invalid_image_type");
        }

        var (width, height) = (header.Width, header.Height);
        if (width < 1 || height < 1 || width > limits.MaxSide || height > limits.MaxSide || width * height > limits.MaxPixels)
        {
            throw ApiException.Invalid(
                $"The picture is {width} x {height} pixels; at most {limits.MaxSide} a side and {limits.MaxPixels} in all are read. Make it smaller.", parameter, "image_too_large");
        }

        return Math.Max(width, height) <= limits.MaxAspect * Math.Min(width, height) ? data : throw ApiException.Invalid(
            $"The picture is {width} x {height} pixels; one side may be at most {limits.MaxAspect} times the other. Crop it.", parameter, "image_too_narrow");
    }

    private (string Type, byte[] Data) Decode(string url, string parameter)
    {
        var comma = url.IndexOf(',', StringComparison.Ordinal);
        var head = comma is > 0 and < 200 ? url["data:".Length..comma].Split(';') : [];
        if (head is not [var type, .., var coding] || !coding.Equals("base64", StringComparison.OrdinalIgnoreCase))
        {
            throw ApiException.Invalid("A data: URL of a picture is written data:image/png;base64, and the file in base64 behind it.", parameter, "invalid_image_url");
        }

        var text = url.AsSpan(comma + 1);
        CheckBytes(text.Length / 4L * 3, parameter);
        var data = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return Convert.TryFromBase64Chars(text, data, out var length)
            ? (type, data[..length])
            : throw ApiException.Invalid("The data: URL is not base64.", parameter, "invalid_image_url");
    }

    private void CheckBytes(long length, string parameter)
    {
        if (length > options.PictureLimits.MaxBytes)
        {
            throw ApiException.Invalid($"The picture has more than {options.PictureLimits.MaxBytes} bytes, the most that are read. Make it smaller.", parameter, "image_too_large");
        }
    }

    // What a client sent is told again only where it is short and plain.
    private static string Shown(string type) => type.Length <= 40 && Ascii.IsValid(type) && !type.Any(char.IsControl) ? $"'{type}'" : "another type";
}
