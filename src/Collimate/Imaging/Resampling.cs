using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Collimate.Imaging;

/// <summary>Antialiased resizing of 8-bit pictures, equal to Pillow's to the last bit, because released models were trained on what Pillow made.</summary>
/// <remarks>Pillow 9.4: <c>Image.resize</c>. Two passes of fixed-point weights with an 8-bit picture between them: across, then down.</remarks>
public static class Resampling
{
    private const int Half = 1 << (ResampleKernel.FractionBits - 1);

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

        var premultiplied = image.Channels == 4;
        var pixels = premultiplied ? Premultiply(image.Pixels) : image.Pixels;
        if (width != image.Width)
        {
            var across = new byte[checked(width * image.Height * image.Channels)];
            Across(pixels, image.Width, image.Channels, across, width, ResampleKernel.Create(image.Width, width, filter));
            pixels = across;
        }

        if (height != image.Height)
        {
            var down = new byte[checked(width * height * image.Channels)];
            Down(pixels, down, width * image.Channels, ResampleKernel.Create(image.Height, height, filter));
            pixels = down;
        }

        if (premultiplied)
        {
            Unmultiply(pixels);
        }

        return new Image(width, height, image.Channels, pixels);
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

    private static void Across(byte[] source, int sourceWidth, int channels, byte[] target, int width, ResampleKernel kernel)
    {
        var rows = source.Length / (sourceWidth * channels);
        var length = sourceWidth * channels;
        var padded = ArrayPool<byte>.Shared.Rent(length + 4); // four bytes are read for a pixel of three
        for (var row = 0; row < rows; row++)
        {
            source.AsSpan(row * length, length).CopyTo(padded);
            var line = target.AsSpan(row * width * channels, width * channels);
            if (channels == 1)
            {
                AcrossGrey(padded, line, kernel);
            }
            else
            {
                AcrossColour(padded, line, channels, kernel);
            }
        }

        ArrayPool<byte>.Shared.Return(padded);
    }

    private static void AcrossGrey(ReadOnlySpan<byte> source, Span<byte> target, ResampleKernel kernel)
    {
        for (var x = 0; x < target.Length; x++)
        {
            var weights = kernel.Weights.AsSpan(x * kernel.Taps, kernel.Count[x]);
            var from = source.Slice(kernel.First[x], weights.Length);
            var sum = Half;
            for (var i = 0; i < weights.Length; i++)
            {
                sum += from[i] * weights[i];
            }

            target[x] = Clip(sum);
        }
    }

    // One lane a channel: a tap is one load, one widening, one multiply and one addition for the whole pixel.
    private static void AcrossColour(ReadOnlySpan<byte> source, Span<byte> target, int channels, ResampleKernel kernel)
    {
        for (int x = 0, to = 0; to < target.Length; x++, to += channels)
        {
            var weights = kernel.Weights.AsSpan(x * kernel.Taps, kernel.Count[x]);
            var from = source.Slice(kernel.First[x] * channels, (weights.Length * channels) + 4 - channels);
            var sum = Vector128.Create(Half);
            for (int i = 0, at = 0; i < weights.Length; i++, at += channels)
            {
                var pixel = Vector128.CreateScalar(Unsafe.ReadUnaligned<uint>(in from[at])).AsByte();
                sum += Vector128.WidenLower(Vector128.WidenLower(pixel)).AsInt32() * weights[i];
            }

            target[to] = Clip(sum[0]);
            target[to + 1] = Clip(sum[1]);
            target[to + 2] = Clip(sum[2]);
            if (channels == 4)
            {
                target[to + 3] = Clip(sum[3]);
            }
        }
    }

    // Neighbours along the row share their weights, so channels do not matter and sixteen bytes go at once.
    private static void Down(byte[] source, byte[] target, int length, ResampleKernel kernel)
    {
        for (var y = 0; y * length < target.Length; y++)
        {
            var weights = kernel.Weights.AsSpan(y * kernel.Taps, kernel.Count[y]);
            var from = source.AsSpan(kernel.First[y] * length, weights.Length * length);
            var line = target.AsSpan(y * length, length);
            var x = 0;
            for (; x <= length - Vector128<byte>.Count; x += Vector128<byte>.Count)
            {
                DownSixteen(from[x..], line[x..], length, weights);
            }

            for (; x < length; x++)
            {
                var sum = Half;
                for (var i = 0; i < weights.Length; i++)
                {
                    sum += from[(i * length) + x] * weights[i];
                }

                line[x] = Clip(sum);
            }
        }
    }

    private static void DownSixteen(ReadOnlySpan<byte> source, Span<byte> target, int stride, ReadOnlySpan<int> weights)
    {
        var sum0 = Vector128.Create(Half);
        var sum1 = sum0;
        var sum2 = sum0;
        var sum3 = sum0;
        for (var i = 0; i < weights.Length; i++)
        {
            var weight = Vector128.Create(weights[i]);
            var (low, high) = Vector128.Widen(Vector128.Create(source.Slice(i * stride, 16)));
            sum0 += Vector128.WidenLower(low).AsInt32() * weight;
            sum1 += Vector128.WidenUpper(low).AsInt32() * weight;
            sum2 += Vector128.WidenLower(high).AsInt32() * weight;
            sum3 += Vector128.WidenUpper(high).AsInt32() * weight;
        }

        var packedLow = Vector128.Narrow(ClipLanes(sum0), ClipLanes(sum1)).AsUInt16();
        var packedHigh = Vector128.Narrow(ClipLanes(sum2), ClipLanes(sum3)).AsUInt16();
        Vector128.Narrow(packedLow, packedHigh).CopyTo(target);
    }

    private static Vector128<int> ClipLanes(Vector128<int> sums) =>
        Vector128.Min(Vector128.Max(sums >> ResampleKernel.FractionBits, Vector128<int>.Zero), Vector128.Create(255));

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleKernel.FractionBits, 0, 255);

    private static byte[] Premultiply(byte[] pixels)
    {
        var result = new byte[pixels.Length];
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
