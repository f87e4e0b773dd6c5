using Collimate.Imaging;

namespace Collimate.Data.Scenes;

/// <summary>Paints scenes, and tells which item each patch of the picture shows.</summary>
public static class SceneRenderer
{
    private const int Size = ScenePositions.CanvasSize;
    private const int ByteCount = Size * Size * 3;
    private const int OpaqueAlpha = 128;

    /// <summary>Paints a scene as an RGB picture of 96 x 96 pixels.</summary>
    public static Image Render(Scene scene)
    {
        var pixels = new byte[ByteCount];
        Paint(scene, pixels);
        return new Image(Size, Size, 3, pixels);
    }

    /// <summary>Paints a scene straight into a model's input: (value / 255 - mean) / std for each channel.</summary>
    /// <param name="scene">What to paint.</param>
    /// <param name="chw">[3, 96, 96], filled plane by plane.</param>
    /// <param name="mean">Three means, of values in 0..1.</param>
    /// <param name="std">Three positive deviations.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    public static void Render(Scene scene, Span<float> chw, ReadOnlySpan<float> mean, ReadOnlySpan<float> std)
    {
        if (chw.Length != ByteCount || mean.Length != 3 || std.Length != 3)
        {
            throw new ArgumentException($"expected {ByteCount} values, 3 means and 3 deviations; got {chw.Length}, {mean.Length} and {std.Length}");
        }

        Span<byte> pixels = stackalloc byte[ByteCount];
        Paint(scene, pixels);
        Span<float> values = stackalloc float[256];
        for (var channel = 0; channel < 3; channel++)
        {
            for (var value = 0; value < values.Length; value++)
            {
                values[value] = ((value / 255f) - mean[channel]) / std[channel];
            }

            var plane = chw.Slice(channel * Size * Size, Size * Size);
            for (int pixel = 0, from = channel; pixel < plane.Length; pixel++, from += 3)
            {
                plane[pixel] = values[pixels[from]];
            }
        }
    }

    /// <summary>Which item each patch shows: the one that covers most of it with opaque pixels, if it covers enough.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="columns">Patches in a row.</param>
    /// <param name="rows">Rows of patches.</param>
    /// <param name="minimumCover">The share of the patch's pixels that opaque pixels must cover in all.</param>
    /// <returns>[rows, columns] numbers in <see cref="SceneWorld.Items"/>, or -1 for ground.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no patches, or more than pixels.</exception>
    public static int[] PatchTruth(Scene scene, int columns, int rows, double minimumCover = 0.25)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, Size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, Size);
        var owners = Owners(scene);
        var truth = new int[rows * columns];
        var order = scene.Items.Select(item => item.Item).Distinct().ToArray();
        Span<int> counts = stackalloc int[order.Length];
        for (var patch = 0; patch < truth.Length; patch++)
        {
            var (row, column) = (patch / columns, patch % columns);
            var (top, bottom) = (row * Size / rows, (row + 1) * Size / rows);
            var (left, right) = (column * Size / columns, (column + 1) * Size / columns);
            counts.Clear();
            var covered = 0;
            for (var y = top; y < bottom; y++)
            {
                for (var x = left; x < right; x++)
                {
                    if (owners[(y * Size) + x] >= 0)
                    {
                        covered++;
                        counts[Array.IndexOf(order, owners[(y * Size) + x])]++;
                    }
                }
            }

            // The first in raster order wins a tie.
            truth[patch] = covered > 0 && covered >= minimumCover * (bottom - top) * (right - left) ? order[counts.IndexOf(Largest(counts))] : -1;
        }

        return truth;
    }

    /// <summary>The smallest box around an item's opaque pixels.</summary>
    internal static (int Left, int Top, int Width, int Height) BoxOf(Scene scene, PlacedItem item)
    {
        var glyph = scene.World.Glyphs[item.Item, item.Size];
        var (left, top, right, bottom) = (item.Size, item.Size, -1, -1);
        for (var pixel = 0; pixel < item.Size * item.Size; pixel++)
        {
            if (glyph[(pixel * 4) + 3] >= OpaqueAlpha)
            {
                var (x, y) = (pixel % item.Size, pixel / item.Size);
                (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
            }
        }

        return (item.X + left, item.Y + top, right - left + 1, bottom - top + 1);
    }

    /// <summary>[96, 96] the item whose opaque pixel is on top, or -1.</summary>
    internal static int[] Owners(Scene scene)
    {
        var owners = new int[Size * Size];
        Array.Fill(owners, -1);
        foreach (var item in scene.Items)
        {
            var glyph = scene.World.Glyphs[item.Item, item.Size];
            for (var y = 0; y < item.Size; y++)
            {
                for (var x = 0; x < item.Size; x++)
                {
                    if (glyph[(((y * item.Size) + x) * 4) + 3] >= OpaqueAlpha)
                    {
                        owners[((item.Y + y) * Size) + item.X + x] = item.Item;
                    }
                }
            }
        }

        return owners;
    }

    private static int Largest(ReadOnlySpan<int> values)
    {
        var largest = values[0];
        foreach (var value in values)
        {
            largest = Math.Max(largest, value);
        }

        return largest;
    }

    private static void Paint(Scene scene, Span<byte> pixels)
    {
        PaintGround(scene.Background, pixels);
        foreach (var item in scene.Items)
        {
            var glyph = scene.World.Glyphs[item.Item, item.Size];
            for (var y = 0; y < item.Size; y++)
            {
                var to = pixels.Slice((((item.Y + y) * Size) + item.X) * 3, item.Size * 3);
                var from = glyph.Slice(y * item.Size * 4, item.Size * 4);
                for (int x = 0, source = 0; x < to.Length; x += 3, source += 4)
                {
                    var through = 255 - from[source + 3];
                    to[x] = Over(from[source], to[x], through);
                    to[x + 1] = Over(from[source + 1], to[x + 1], through);
                    to[x + 2] = Over(from[source + 2], to[x + 2], through);
                }
            }
        }
    }

    private static void PaintGround(SceneBackground ground, Span<byte> pixels)
    {
        for (var y = 0; y < Size; y++)
        {
            var row = pixels.Slice(y * Size * 3, Size * 3);
            var (red, green, blue) = (
                Shade(ground.TopRed, ground.BottomRed, y), Shade(ground.TopGreen, ground.BottomGreen, y), Shade(ground.TopBlue, ground.BottomBlue, y));
            for (var x = 0; x < row.Length; x += 3)
            {
                (row[x], row[x + 1], row[x + 2]) = (red, green, blue);
            }
        }
    }

    private static byte Shade(byte top, byte bottom, int y) => (byte)(((top * (Size - 1 - y)) + (bottom * y)) / (Size - 1));

    /// <summary>A premultiplied colour over an opaque one; never above 255, because the colour is at most its alpha.</summary>
    private static byte Over(byte colour, byte ground, int through) => (byte)(colour + (((ground * through) + 127) / 255));
}
