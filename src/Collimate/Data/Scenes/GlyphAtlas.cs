using Collimate.Imaging;

namespace Collimate.Data.Scenes;

/// <summary>Every item's picture at every size a scene uses, colours multiplied by alpha, ready to be laid onto a canvas.</summary>
internal sealed class GlyphAtlas
{
    internal const int SmallestSize = 25;
    internal const int LargestSize = 30;
    internal const int SizeCount = LargestSize - SmallestSize + 1;

    internal const string FontFamily = "Noto Color Emoji";

    // The font's bitmaps are drawn for this size, so nothing is resampled before our own downscale.
    internal const int FontPixels = 109;

    private readonly byte[][] glyphs;

    private GlyphAtlas(byte[][] glyphs) => this.glyphs = glyphs;

    /// <summary>[size, size, 4] pixels of one item.</summary>
    internal ReadOnlySpan<byte> this[int item, int size] => glyphs[(item * SizeCount) + size - SmallestSize];

    /// <summary>Reads the glyphs from the cache file, or renders them and writes it.</summary>
    /// <exception cref="DataException">The font is missing, or a glyph cannot be drawn.</exception>
    internal static GlyphAtlas Load(IReadOnlyList<string> items, SceneSources sources)
    {
        var cache = GlyphCache.For(items, sources);
        var glyphs = cache.TryRead();
        if (glyphs is null)
        {
            glyphs = Render(items, sources);
            cache.Write(glyphs);
        }

        return new GlyphAtlas(glyphs);
    }

    /// <summary>The length in bytes of each entry, by item, then by size.</summary>
    internal static int ByteLength(int entry)
    {
        var size = SmallestSize + (entry % SizeCount);
        return size * size * 4;
    }

    private static byte[][] Render(IReadOnlyList<string> items, SceneSources sources)
    {
        var glyphs = new byte[items.Count * SizeCount][];
        for (var item = 0; item < items.Count; item++)
        {
            Image drawn;
            try
            {
                drawn = TextRenderer.Render(items[item], FontFamily, FontPixels);
            }
            catch (InvalidOperationException failure)
            {
                throw new DataException($"the emoji '{items[item]}' cannot be drawn: {failure.Message}", failure);
            }

            var square = GlyphPreparation.Square(drawn) ?? throw new DataException(
                $"the font {FontFamily} draws nothing for '{items[item]}'. Install the Debian package fonts-noto-color-emoji (Unicode 15); found {sources.FontFile}.");
            for (var size = SmallestSize; size <= LargestSize; size++)
            {
                glyphs[(item * SizeCount) + size - SmallestSize] = GlyphPreparation.Scale(square, size);
            }
        }

        return glyphs;
    }
}
