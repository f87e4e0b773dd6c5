using System.Buffers;

namespace Collimate.Imaging;

/// <summary>The pixels of a JPEG file, decoded straight into borrowed memory, for those who only read them to make something smaller; equal to what <see cref="ImageCodec.Decode"/> gives.</summary>
internal sealed unsafe class PlainJpeg : IDisposable
{
    private byte[]? borrowed;

    private PlainJpeg(byte[] borrowed, int width, int height) => (this.borrowed, Width, Height) = (borrowed, width, height);

    /// <summary>Pixels across.</summary>
    public int Width { get; }

    /// <summary>Pixels down.</summary>
    public int Height { get; }

    /// <summary>Four bytes a pixel, of which three count.</summary>
    public PixelRows Rows => new(borrowed.AsSpan(0, (Width * Height * 4) + PixelRows.Slack), Width, Height, 4, 3);

    /// <summary>Decodes, or leaves it to <see cref="ImageCodec.Decode"/>: null for other formats, and for whatever is not plain (turned, in several passes, in inks) or not flawless.</summary>
    /// <param name="data">The encoded bytes.</param>
    /// <param name="limits">What the picture may ask for.</param>
    /// <param name="origin">What to call the picture in messages.</param>
    /// <exception cref="ImageException">The bytes are no supported picture, or over a limit.</exception>
    public static PlainJpeg? TryDecode(ReadOnlySpan<byte> data, ImageLimits limits, string origin)
    {
        limits.CheckBytes(data.Length, origin);
        var header = ImageHeader.Read(data, origin);
        limits.CheckHeader(header, origin);
        if (header.Format != ImageFormat.Jpeg || header.Width * header.Height * 4 > Array.MaxLength - PixelRows.Slack)
        {
            return null;
        }

        var (width, height) = ((int)header.Width, (int)header.Height);
        var buffer = ArrayPool<byte>.Shared.Rent((width * height * 4) + PixelRows.Slack);
        fixed (byte* bytes = data, pixels = buffer)
        {
            if (ImageLibrary.DecodeJpeg(bytes, (nuint)data.Length, width, height, pixels, (nuint)buffer.Length) == 0)
            {
                return new PlainJpeg(buffer, width, height);
            }
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return null;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref borrowed, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
