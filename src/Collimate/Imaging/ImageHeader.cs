using System.Buffers.Binary;

namespace Collimate.Imaging;

/// <summary>What the first bytes of a picture say about it, read in managed code so that no decoder meets a size that is over the limits.</summary>
/// <param name="Format">The format, by the file's signature; its name is never asked.</param>
/// <param name="Width">Pixels across as the header claims.</param>
/// <param name="Height">Pixels down as the header claims.</param>
public readonly record struct ImageHeader(ImageFormat Format, long Width, long Height)
{
    /// <summary>Reads format and size without decoding anything.</summary>
    /// <param name="data">The file's bytes, or at least its beginning.</param>
    /// <param name="origin">What to call the picture in messages, usually its path.</param>
    /// <exception cref="ImageException">The bytes are empty, of no supported format, or end within the header.</exception>
    public static ImageHeader Read(ReadOnlySpan<byte> data, string? origin = null)
    {
        origin ??= "picture";
        if (data.IsEmpty)
        {
            throw new ImageException($"{origin}: the file is empty; expected a PNG, JPEG, WebP or GIF picture. Copy or download it again.");
        }

        if (data.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]))
        {
            return Png(data, origin);
        }

        if (data.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return Jpeg(data, origin);
        }

        if (data.Length >= 12 && data.StartsWith("RIFF"u8) && data[8..12].SequenceEqual("WEBP"u8))
        {
            return WebP(data, origin);
        }

        if (data.StartsWith("GIF87a"u8) || data.StartsWith("GIF89a"u8))
        {
            return data.Length >= 10
                ? new(ImageFormat.Gif, BinaryPrimitives.ReadUInt16LittleEndian(data[6..]), BinaryPrimitives.ReadUInt16LittleEndian(data[8..]))
                : throw Broken(ImageFormat.Gif, origin);
        }

        throw new ImageException(
            $"{origin}: this is not a picture that can be read: it {Describe(data)}; expected PNG, JPEG, WebP or GIF. Convert it to one of these.");
    }

    internal static ImageException Broken(ImageFormat format, string origin) =>
        new($"{origin}: the {ImageLimits.Name(format)} header is damaged or cut short. Copy or download the file again.");

    private static ImageHeader Png(ReadOnlySpan<byte> data, string origin) =>
        data.Length >= 24 && data[12..16].SequenceEqual("IHDR"u8)
            ? new(ImageFormat.Png, BinaryPrimitives.ReadUInt32BigEndian(data[16..]), BinaryPrimitives.ReadUInt32BigEndian(data[20..]))
            : throw Broken(ImageFormat.Png, origin);

    private static ImageHeader Jpeg(ReadOnlySpan<byte> data, string origin)
    {
        var at = 2;
        while (at + 4 <= data.Length)
        {
            if (data[at] != 0xFF)
            {
                at++; // decoders skip stray bytes between segments too
                continue;
            }

            var marker = data[at + 1];
            if (marker is 0xFF)
            {
                at++;
                continue;
            }

            if (marker is 0x00 or 0x01 or (>= 0xD0 and <= 0xD8))
            {
                at += 2;
                continue;
            }

            var isFrame = marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
            if (isFrame && at + 9 <= data.Length)
            {
                return new(ImageFormat.Jpeg, BinaryPrimitives.ReadUInt16BigEndian(data[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(data[(at + 5)..]));
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 2)..]);
            if (isFrame || length < 2 || marker is 0xD9 or 0xDA)
            {
                break; // pixels before any frame header
            }

            at += 2 + length;
        }

        throw Broken(ImageFormat.Jpeg, origin);
    }

    private static ImageHeader WebP(ReadOnlySpan<byte> data, string origin)
    {
        if (data.Length >= 30)
        {
            var chunk = data[12..16];
            if (chunk.SequenceEqual("VP8X"u8))
            {
                return new(ImageFormat.WebP, 1 + Int24(data[24..]), 1 + Int24(data[27..]));
            }

            if (chunk.SequenceEqual("VP8 "u8))
            {
                return new(ImageFormat.WebP, BinaryPrimitives.ReadUInt16LittleEndian(data[26..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(data[28..]) & 0x3FFF);
            }
        }

        if (data.Length >= 25 && data[12..16].SequenceEqual("VP8L"u8))
        {
            var sizes = BinaryPrimitives.ReadUInt32LittleEndian(data[21..]);
            return new(ImageFormat.WebP, 1 + (sizes & 0x3FFF), 1 + ((sizes >> 14) & 0x3FFF));
        }

        throw Broken(ImageFormat.WebP, origin);
    }

    private static long Int24(ReadOnlySpan<byte> bytes) => bytes[0] | ((long)bytes[1] << 8) | ((long)bytes[2] << 16);

    private static string Describe(ReadOnlySpan<byte> data)
    {
        var start = data[..Math.Min(data.Length, 64)];
        return start.ContainsAnyExcept(Printable)
            ? $"begins with the bytes {Convert.ToHexString(data[..Math.Min(data.Length, 8)])}"
            : "looks like text";
    }

    private static readonly System.Buffers.SearchValues<byte> Printable =
        System.Buffers.SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (byte)c), (byte)'\n', (byte)'\r', (byte)'\t']);
}
