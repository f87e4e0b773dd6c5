namespace Collimate.Imaging;

/// <summary>Pixels as resampling reads them: rows one below the other, one byte a pixel (grey), three, or four, of which the fourth may be without meaning.</summary>
internal readonly ref struct PixelRows
{
    /// <param name="bytes">The rows; of four bytes a pixel, followed by at least <see cref="Slack"/> bytes that may be read but do not count.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="channels">Bytes a pixel.</param>
    /// <param name="kept">How many of them the result has.</param>
    public PixelRows(ReadOnlySpan<byte> bytes, int width, int height, int channels, int kept)
    {
        Bytes = bytes;
        (Width, Height, Channels, Kept) = (width, height, channels, kept);
    }

    /// <summary>What may be read behind the last pixel of four bytes, as pixels are read in pairs.</summary>
    public const int Slack = 8;

    public ReadOnlySpan<byte> Bytes { get; }

    public int Width { get; }

    public int Height { get; }

    public int Channels { get; }

    public int Kept { get; }

    public int Stride => Width * Channels;
}
