namespace Collimate.Imaging;

/// <summary>An 8-bit picture in memory: interleaved rows of 1 (grey), 3 (RGB) or 4 (RGBA) channels.</summary>
public sealed class Image
{
    /// <summary>Wraps pixels; the array is not copied.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="channels">1, 3 or 4.</param>
    /// <param name="pixels">[height, width, channels], row by row.</param>
    /// <exception cref="ArgumentException">The array's length does not fit the sizes.</exception>
    public Image(int width, int height, int channels, byte[] pixels)
    {
        if (width <= 0 || height <= 0 || channels is not (1 or 3 or 4) || pixels.LongLength != (long)width * height * channels)
        {
            throw new ArgumentException($"{pixels.LongLength} bytes do not make a {width} x {height} picture of {channels} channels");
        }

        (Width, Height, Channels, Pixels) = (width, height, channels, pixels);
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>1 (grey), 3 (RGB) or 4 (RGBA).</summary>
    public int Channels { get; }

    /// <summary>[height, width, channels], row by row.</summary>
    public byte[] Pixels { get; }
}
