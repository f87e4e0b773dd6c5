using Collimate.Imaging;

namespace Collimate.Data.Scenes;

/// <summary>Trims a drawn glyph to what is visible, centres it on a square, and scales it down with antialiasing.</summary>
internal static class GlyphPreparation
{
    private const int VisibleAlpha = 8;

    /// <summary>A square of float pixels [side, side, 4] with colours multiplied by alpha, all in 0..255.</summary>
    internal sealed record Picture(int Side, float[] Pixels);

    /// <summary>The visible part of the drawing, centred on a transparent square, or null where nothing is visible.</summary>
    internal static Picture? Square(Image drawn)
    {
        var (left, top, right, bottom) = (drawn.Width, drawn.Height, -1, -1);
        for (var y = 0; y < drawn.Height; y++)
        {
            for (var x = 0; x < drawn.Width; x++)
            {
                if (drawn.Pixels[(((y * drawn.Width) + x) * 4) + 3] > VisibleAlpha)
                {
                    (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
                }
            }
        }

        if (right < 0)
        {
            return null;
        }

        var (width, height) = (right - left + 1, bottom - top + 1);
        var side = Math.Max(width, height);
        var pixels = new float[side * side * 4];
        var (shiftX, shiftY) = ((side - width) / 2, (side - height) / 2);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var from = (((y + top) * drawn.Width) + x + left) * 4;
                var to = (((y + shiftY) * side) + x + shiftX) * 4;
                float alpha = drawn.Pixels[from + 3];
                for (var channel = 0; channel < 3; channel++)
                {
                    pixels[to + channel] = drawn.Pixels[from + channel] * alpha / 255;
                }

                pixels[to + 3] = alpha;
            }
        }

        return new Picture(side, pixels);
    }

    /// <summary>Scales with the Catmull-Rom cubic, widened by the scale so that every source pixel counts; one pass per axis.</summary>
    internal static byte[] Scale(Picture picture, int size)
    {
        var weights = Weights(picture.Side, size);
        var rows = new float[picture.Side * size * 4]; // [source row, column, 4]
        for (var y = 0; y < picture.Side; y++)
        {
            for (var x = 0; x < size; x++)
            {
                Gather(weights[x], picture.Pixels.AsSpan(y * picture.Side * 4), 4, rows.AsSpan(((y * size) + x) * 4, 4));
            }
        }

        var scaled = new byte[size * size * 4];
        Span<float> pixel = stackalloc float[4];
        for (var y = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++)
            {
                Gather(weights[y], rows.AsSpan(x * 4), size * 4, pixel);
                var alpha = Math.Clamp(MathF.Round(pixel[3]), 0, 255);
                for (var channel = 0; channel < 3; channel++)
                {
                    // The cubic may overshoot; a colour multiplied by alpha is never above alpha.
                    scaled[(((y * size) + x) * 4) + channel] = (byte)Math.Clamp(MathF.Round(pixel[channel]), 0, alpha);
                }

                scaled[(((y * size) + x) * 4) + 3] = (byte)alpha;
            }
        }

        return scaled;
    }

    private static void Gather((int First, float[] Factors) weights, ReadOnlySpan<float> line, int stride, Span<float> pixel)
    {
        pixel.Clear();
        for (var tap = 0; tap < weights.Factors.Length; tap++)
        {
            var from = line.Slice((weights.First + tap) * stride, 4);
            for (var channel = 0; channel < 4; channel++)
            {
                pixel[channel] += from[channel] * weights.Factors[tap];
            }
        }
    }

    private static (int First, float[] Factors)[] Weights(int from, int to)
    {
        var scale = (double)from / to;
        var stretch = Math.Max(scale, 1);
        var table = new (int, float[])[to];
        for (var index = 0; index < to; index++)
        {
            var centre = (index + 0.5) * scale;
            var first = Math.Max(0, (int)Math.Floor(centre - (2 * stretch)));
            var last = Math.Min(from - 1, (int)Math.Ceiling(centre + (2 * stretch)));
            var factors = new double[last - first + 1];
            for (var tap = 0; tap < factors.Length; tap++)
            {
                factors[tap] = Cubic((first + tap + 0.5 - centre) / stretch);
            }

            var sum = factors.Sum();
            table[index] = (first, [.. factors.Select(factor => (float)(factor / sum))]);
        }

        return table;
    }

    /// <summary>Keys' cubic with a = -1/2.</summary>
    private static double Cubic(double x)
    {
        x = Math.Abs(x);
        return x < 1 ? (((1.5 * x) - 2.5) * x * x) + 1 : x < 2 ? ((((-0.5 * x) + 2.5) * x) - 4) * x + 2 : 0;
    }
}
