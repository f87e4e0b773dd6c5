using Collimate.Data.Scenes;
using Collimate.Imaging;

namespace Collimate.Data.Puzzles.Drawing;

/// <summary>Paints a puzzle's picture at a size, with smooth edges. Safe to use from several threads.</summary>
/// <param name="glyphs">Pictures of the gym's objects.</param>
internal sealed class PuzzleRenderer(PuzzleGlyphs glyphs)
{
    /// <summary>Paints a picture.</summary>
    /// <param name="picture">What it shows.</param>
    /// <param name="side">Its width and height in pixels.</param>
    internal Image Render(PuzzlePicture picture, int side)
    {
        var image = Image.Filled(side, side, picture.Ground.Red, picture.Ground.Green, picture.Ground.Blue);
        var scale = side / PuzzlePicture.Side;
        foreach (var mark in picture.Marks)
        {
            switch (mark)
            {
                case GlyphMark glyph:
                    Paint(image, glyph, scale);
                    break;
                case TextMark text:
                    foreach (var line in StrokeFont.Lines(text))
                    {
                        Paint(image, line, scale);
                    }

                    break;
                default:
                    Paint(image, mark, scale);
                    break;
            }
        }

        return image;
    }

    private void Paint(Image image, GlyphMark glyph, double scale)
    {
        var side = Math.Max(1, (int)Math.Round(glyph.Size * scale));
        var pixels = glyphs.Of(glyph.Item, side);
        var (left, top) = ((int)Math.Round((glyph.Centre.X * scale) - (side / 2.0)), (int)Math.Round((glyph.Centre.Y * scale) - (side / 2.0)));
        for (var y = Math.Max(0, -top); y < side && top + y < image.Height; y++)
        {
            for (var x = Math.Max(0, -left); x < side && left + x < image.Width; x++)
            {
                var (from, to) = (((y * side) + x) * 4, (((top + y) * image.Width) + left + x) * 3);
                for (var channel = 0; channel < 3; channel++)
                {
                    image.Pixels[to + channel] = (byte)Math.Min(255, pixels[from + channel] + (((image.Pixels[to + channel] * (255 - pixels[from + 3])) + 127) / 255));
                }
            }
        }
    }

    private static void Paint(Image image, PuzzleMark mark, double scale)
    {
        var (spots, reach, ink) = mark switch
        {
            LineMark line => (line.Spots, line.Width / 2, line.Ink),
            ShapeMark shape => (shape.Corners, 0, shape.Ink),
            DiscMark disc => ([disc.Centre], disc.Radius, disc.Ink),
            _ => throw new ArgumentOutOfRangeException(nameof(mark), mark, "no such mark"),
        };
        var points = spots.Select(spot => new Spot(spot.X * scale, spot.Y * scale)).ToArray();
        // A line thinner than a pixel would vanish between pixels' middles.
        var radius = mark is LineMark ? Math.Max(reach * scale, 0.45) : reach * scale;
        var (left, right) = (Edge(points.Min(point => point.X) - radius - 1, image.Width), Edge(points.Max(point => point.X) + radius + 1, image.Width));
        var (top, bottom) = (Edge(points.Min(point => point.Y) - radius - 1, image.Height), Edge(points.Max(point => point.Y) + radius + 1, image.Height));
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                var inside = radius - Distance(points, new Spot(x + 0.5, y + 0.5), mark is ShapeMark);
                Blend(image.Pixels.AsSpan(((y * image.Width) + x) * 3, 3), ink, Math.Clamp(inside + 0.5, 0, 1));
            }
        }
    }

    private static int Edge(double place, int limit) => (int)Math.Clamp(Math.Round(place), 0, limit);

    // To the line through the points; of a shape negative inside it, by the even-odd rule.
    private static double Distance(Spot[] points, Spot at, bool closed)
    {
        var (nearest, inside) = (double.MaxValue, false);
        for (var end = closed ? 0 : Math.Min(1, points.Length - 1); end < points.Length; end++)
        {
            var (a, b) = (points[end == 0 ? points.Length - 1 : end - 1], points[end]);
            var (dx, dy) = (b.X - a.X, b.Y - a.Y);
            var length = (dx * dx) + (dy * dy);
            var along = length > 0 ? Math.Clamp((((at.X - a.X) * dx) + ((at.Y - a.Y) * dy)) / length, 0, 1) : 0;
            var (x, y) = (at.X - a.X - (along * dx), at.Y - a.Y - (along * dy));
            nearest = Math.Min(nearest, (x * x) + (y * y));
            inside ^= closed && (a.Y > at.Y) != (b.Y > at.Y) && at.X < a.X + ((at.Y - a.Y) / dy * dx);
        }

        return inside ? -Math.Sqrt(nearest) : Math.Sqrt(nearest);
    }

    private static void Blend(Span<byte> pixel, Ink ink, double cover)
    {
        pixel[0] = (byte)Math.Round(pixel[0] + ((ink.Red - pixel[0]) * cover));
        pixel[1] = (byte)Math.Round(pixel[1] + ((ink.Green - pixel[1]) * cover));
        pixel[2] = (byte)Math.Round(pixel[2] + ((ink.Blue - pixel[2]) * cover));
    }
}
