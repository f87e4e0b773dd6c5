using System.Collections.Concurrent;
using Collimate.Data.Scenes;
using Collimate.Imaging;

namespace Collimate.Data.Puzzles.Drawing;

/// <summary>Pictures of the gym's objects at the sizes that puzzles need: smaller ones from the atlas, larger ones drawn from the font. Safe to use from several threads.</summary>
/// <param name="world">The gym.</param>
internal sealed class PuzzleGlyphs(SceneWorld world)
{
    private readonly ConcurrentDictionary<(int Item, int Size), byte[]> kept = new();
    private readonly ConcurrentDictionary<int, GlyphPreparation.Picture> drawn = new();

    /// <summary>[size, size, 4] pixels of an object, colours multiplied by alpha.</summary>
    internal byte[] Of(int item, int size) => kept.GetOrAdd((item, size), Make);

    private byte[] Make((int Item, int Size) wanted) => GlyphPreparation.Scale(
        wanted.Size > GlyphAtlas.LargestSize ? drawn.GetOrAdd(wanted.Item, FromFont) : FromAtlas(wanted.Item), wanted.Size);

    private GlyphPreparation.Picture FromAtlas(int item)
    {
        var pixels = world.Glyphs[item, GlyphAtlas.LargestSize];
        var values = new float[pixels.Length];
        for (var at = 0; at < values.Length; at++)
        {
            values[at] = pixels[at];
        }

        return new GlyphPreparation.Picture(GlyphAtlas.LargestSize, values);
    }

    private GlyphPreparation.Picture FromFont(int item) =>
        GlyphPreparation.Square(TextRenderer.Render(world.Items[item].CodePoints, GlyphAtlas.FontFamily, GlyphAtlas.FontPixels))!;
}
