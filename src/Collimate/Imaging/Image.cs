namespace Collimate.Imaging;

/// <summary>An 8-bit picture in memory: rows from the top, pixels from the left, channels interleaved.</summary>
public sealed class Image
{
    /// <summary>Wraps pixels without copying them.</summary>
    /// <param name="width">Pixels across, at least 1.</param>
    /// <param name="height">Pixels down, at least 1.</param>
    /// <param name="channels">1 (grey), 3 (red, green, blue) or 4 (with alpha, not premultiplied).</param>
    /// <param name="pixels">height x width x channels bytes.</param>
    /// <exception cref="ArgumentException">The sizes are impossible or do not fit the number of bytes.</exception>
    public Image(int width, int height, int channels, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (channels is not (1 or 3 or 4))
        {
            throw new ArgumentException($"a picture has 1, 3 or 4 channels, not {channels}", nameof(channels));
        }

        if (pixels.LongLength != (long)width * height * channels)
        {
            throw new ArgumentException($"{width} x {height} pixels of {channels} channels take {(long)width * height * channels} bytes, not {pixels.LongLength}", nameof(pixels));
        }

        Width = width;
        Height = height;
        Channels = channels;
        Pixels = pixels;
    }

    /// <summary>Pixels across.</summary>
    public int Width { get; }

    /// <summary>Pixels down.</summary>
    public int Height { get; }

    /// <summary>Bytes a pixel: 1 grey, 3 colour, 4 colour and alpha.</summary>
    public int Channels { get; }

    /// <summary>The bytes, [height, width, channels].</summary>
    public byte[] Pixels { get; }

    /// <summary>A colour picture of one colour.</summary>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="red">Red, 0 to 255.</param>
    /// <param name="green">Green, 0 to 255.</param>
    /// <param name="blue">Blue, 0 to 255.</param>
    public static Image Filled(int width, int height, byte red, byte green, byte blue)
    {
        var pixels = new byte[checked(width * height * 3)];
        for (var i = 0; i < pixels.Length; i += 3)
        {
            pixels[i] = red;
            pixels[i + 1] = green;
            pixels[i + 2] = blue;
        }

        return new Image(width, height, 3, pixels);
    }

    /// <summary>The picture with three channels: grey is repeated, alpha is dropped, not blended.</summary>
    /// <returns>This picture where it has three channels already.</returns>
    /// <remarks>Pillow: <c>Image.convert("RGB")</c>.</remarks>
    public Image ToRgb()
    {
        if (Channels == 3)
        {
            return this;
        }

        var count = Width * Height;
        var colours = new byte[checked(count * 3)];
        for (int i = 0, from = 0, to = 0; i < count; i++, from += Channels, to += 3)
        {
            colours[to] = Pixels[from];
            colours[to + 1] = Pixels[Channels == 1 ? from : from + 1];
            colours[to + 2] = Pixels[Channels == 1 ? from : from + 2];
        }

        return new Image(Width, Height, 3, colours);
    }

    /// <summary>A copy of a rectangle of the picture.</summary>
    /// <param name="x">The left column.</param>
    /// <param name="y">The top row.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <exception cref="ArgumentException">The rectangle is empty or reaches outside the picture.</exception>
    public Image Crop(int x, int y, int width, int height)
    {
        if (x < 0 || y < 0 || width < 1 || height < 1 || x > Width - width || y > Height - height)
        {
            throw new ArgumentException($"the rectangle ({x}, {y}, {width} x {height}) reaches outside the picture of {Width} x {Height}");
        }

        var rows = new byte[width * height * Channels];
        var length = width * Channels;
        for (var row = 0; row < height; row++)
        {
            Pixels.AsSpan((((y + row) * Width) + x) * Channels, length).CopyTo(rows.AsSpan(row * length));
        }

        return new Image(width, height, Channels, rows);
    }

    /// <summary>Size and channels, for messages.</summary>
    public override string ToString() => $"{Width} x {Height} x {Channels}";
}
