using System.Buffers;

namespace Collimate.Imaging;

/// <summary>Antialiased resizing of 8-bit pictures, equal to Pillow's to the last bit, because released models were trained on what Pillow made.</summary>
/// <remarks>Pillow 9.4: <c>Image.resize</c>. Two passes of fixed-point weights with an 8-bit picture between them: across, then down.</remarks>
public static class Resampling
{
    /// <summary>Resizes a picture.</summary>
    /// <param name="image">The picture; alpha is respected, by resizing premultiplied colours as Pillow does.</param>
    /// <param name="width">The new width, at least 1.</param>
    /// <param name="height">The new height, at least 1.</param>
    /// <param name="filter">How source pixels are weighed.</param>
    /// <returns>A new picture, or <paramref name="image"/> itself where the size is the same.</returns>
    public static Image Resize(Image image, int width, int height, ResampleFilter filter)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (width == image.Width && height == image.Height)
        {
            return image;
        }

        if (filter == ResampleFilter.Nearest)
        {
            return Nearest(image, width, height);
        }

        return Resize(image, width, height, filter, PixelWindow.Whole(width, height));
    }

    /// <summary>A window of what a picture would be at another size; nothing outside it is computed.</summary>
    internal static Image Resize(Image image, int width, int height, ResampleFilter filter, PixelWindow window)
    {
        if (filter == ResampleFilter.Nearest || (width == image.Width && height == image.Height))
        {
            return Resize(image, width, height, filter).Crop(window.X, window.Y, window.Width, window.Height);
        }

        var premultiplied = image.Channels == 4;
        var pixels = premultiplied ? Premultiply(image.Pixels) : image.Pixels;
        var resized = Resize(new PixelRows(pixels, image.Width, image.Height, image.Channels, image.Channels), width, height, filter, window);
        if (premultiplied)
        {
            Unmultiply(resized.Pixels);
        }

        return resized;
    }

    /// <summary>The same for rows that are not a picture of their own; at least one of the sizes must change, and the filter must weigh.</summary>
    internal static Image Resize(PixelRows source, int width, int height, ResampleFilter filter, PixelWindow window)
    {
        var (vertical, channels) = (height != source.Height ? ResampleKernel.Create(source.Height, height, filter) : null, source.Kept);
        var last = window.Y + window.Height - 1;
        var firstRow = vertical?.First[window.Y] ?? window.Y;
        var rows = (vertical is null ? last + 1 : vertical.First[last] + vertical.Count[last]) - firstRow;
        var length = window.Width * channels;
        var across = width != source.Width;
        var stride = across ? ResamplePasses.StrideFor(window.Width, channels) : length;
        var between = ArrayPool<byte>.Shared.Rent(checked(rows * stride));
        if (across)
        {
            ResamplePasses.Across(source, firstRow, rows, between, ResampleKernel.Create(source.Width, width, filter), window.X, window.Width);
        }
        else
        {
            CopyColumns(source, firstRow, rows, between, window);
        }

        var pixels = GC.AllocateUninitializedArray<byte>(checked(window.Height * length));
        if (vertical is not null)
        {
            ResamplePasses.Down(between, stride, firstRow, pixels, length, vertical, window.Y);
        }
        else
        {
            for (var row = 0; row < rows; row++)
            {
                between.AsSpan(row * stride, length).CopyTo(pixels.AsSpan(row * length));
            }
        }

        ArrayPool<byte>.Shared.Return(between);
        return new Image(window.Width, window.Height, channels, pixels);
    }

    private static void CopyColumns(PixelRows source, int firstRow, int rows, Span<byte> target, PixelWindow window)
    {
        for (int row = 0, to = 0; row < rows; row++)
        {
            var line = source.Bytes.Slice(((firstRow + row) * source.Stride) + (window.X * source.Channels), window.Width * source.Channels);
            for (var at = 0; at < line.Length; at += source.Channels, to += source.Kept)
            {
                line.Slice(at, source.Kept).CopyTo(target[to..]);
            }
        }
    }

    private static Image Nearest(Image image, int width, int height)
    {
        var channels = image.Channels;
        var columns = NearestPositions(image.Width, width);
        var rows = NearestPositions(image.Height, height);
        var pixels = new byte[checked(width * height * channels)];
        var to = 0;
        foreach (var row in rows)
        {
            var source = image.Pixels.AsSpan(row * image.Width * channels, image.Width * channels);
            foreach (var column in columns)
            {
                for (var c = 0; c < channels; c++)
                {
                    pixels[to++] = source[(column * channels) + c];
                }
            }
        }

        return new Image(width, height, channels, pixels);
    }

    // Adding the step up, instead of multiplying, is what Pillow's affine loop does; the roundings differ.
    private static int[] NearestPositions(int sourceSize, int targetSize)
    {
        var step = (double)sourceSize / targetSize;
        var at = step * 0.5;
        var positions = new int[targetSize];
        for (var i = 0; i < targetSize; i++, at += step)
        {
            positions[i] = Math.Min((int)at, sourceSize - 1);
        }

        return positions;
    }

    private static byte[] Premultiply(byte[] pixels)
    {
        var result = new byte[pixels.Length + PixelRows.Slack];
        for (var i = 0; i < pixels.Length; i += 4)
        {
            var alpha = pixels[i + 3];
            for (var c = 0; c < 3; c++)
            {
                var product = (pixels[i + c] * alpha) + 128;
                result[i + c] = (byte)(((product >> 8) + product) >> 8);
            }

            result[i + 3] = alpha;
        }

        return result;
    }

    private static void Unmultiply(byte[] pixels)
    {
        for (var i = 0; i < pixels.Length; i += 4)
        {
            var alpha = pixels[i + 3];
            if (alpha is 0 or 255)
            {
                continue;
            }

            for (var c = 0; c < 3; c++)
            {
                pixels[i + c] = (byte)Math.Min(255, 255 * pixels[i + c] / alpha);
            }
        }
    }
}
