using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Collimate.Imaging;

/// <summary>The two passes of resizing: across rows, then down columns, each a sum of bytes times fixed-point weights. Sums of whole numbers do not depend on their order, so every width of vector gives the same bytes.</summary>
internal static class ResamplePasses
{
    private const int Half = 1 << (ResampleKernel.FractionBits - 1);
    private const int RowsAtOnce = 4;
    private const int VectorBytes = 32;

    /// <summary>Distance between rows of <see cref="Across"/>'s result: whole vectors, and room to write one pixel of four bytes too far.</summary>
    public static int StrideFor(int columns, int channels) => checked(((columns * channels) + 1 + VectorBytes - 1) / VectorBytes * VectorBytes);

    /// <summary>Rows of a picture with another number of columns.</summary>
    /// <param name="source">The picture.</param>
    /// <param name="firstRow">The first row that is wanted.</param>
    /// <param name="rows">How many are.</param>
    /// <param name="target">[rows, <see cref="StrideFor"/>]</param>
    /// <param name="kernel">Weights of every target column.</param>
    /// <param name="firstColumn">The first target column that is wanted.</param>
    /// <param name="columns">How many are.</param>
    public static void Across(PixelRows source, int firstRow, int rows, Span<byte> target, ResampleKernel kernel, int firstColumn, int columns)
    {
        var stride = StrideFor(columns, source.Kept);
        if (source.Channels == 1)
        {
            for (var row = 0; row < rows; row++)
            {
                AcrossGrey(source.Bytes.Slice((firstRow + row) * source.Stride, source.Stride), target.Slice(row * stride, columns), kernel, firstColumn);
            }

            return;
        }

        // Colours become four bytes a pixel, four rows at a time, so that a pixel is one group of lanes; rows that are so already are read in place.
        var wide = source.Width * 4;
        var widened = source.Channels == 3 ? ArrayPool<byte>.Shared.Rent((RowsAtOnce * wide) + PixelRows.Slack) : null;
        var weights = kernel.Pairs(firstColumn, columns);
        for (var row = 0; row < rows; row += RowsAtOnce)
        {
            var count = Math.Min(RowsAtOnce, rows - row);
            var pixels = source.Bytes[((firstRow + row) * source.Stride)..];
            if (widened is not null)
            {
                for (var k = 0; k < count; k++)
                {
                    Widen(pixels.Slice(k * source.Stride, source.Stride), widened.AsSpan(k * wide, wide));
                }

                pixels = widened;
            }

            var lines = target.Slice(row * stride, count * stride);
            if (count == RowsAtOnce && Avx2.IsSupported)
            {
                AcrossFour(pixels[..((4 * wide) + PixelRows.Slack)], wide, lines, stride, source.Kept, kernel, weights, firstColumn, columns);
                continue;
            }

            for (var k = 0; k < count; k++)
            {
                AcrossOne(pixels.Slice(k * wide, wide + PixelRows.Slack), lines.Slice(k * stride, stride), source.Kept, kernel, firstColumn, columns);
            }
        }

        if (widened is not null)
        {
            ArrayPool<byte>.Shared.Return(widened);
        }
    }

    /// <summary>The rows of a picture with another number of rows.</summary>
    /// <param name="source">Rows, of which the first is the picture's row <paramref name="firstRow"/>.</param>
    /// <param name="stride">Distance between them.</param>
    /// <param name="firstRow">See there.</param>
    /// <param name="target">Rows without gaps.</param>
    /// <param name="length">Bytes of a row.</param>
    /// <param name="kernel">Weights of every target row.</param>
    /// <param name="firstTarget">The first target row that is wanted.</param>
    public static void Down(ReadOnlySpan<byte> source, int stride, int firstRow, Span<byte> target, int length, ResampleKernel kernel, int firstTarget)
    {
        for (var y = 0; y * length < target.Length; y++)
        {
            var weights = kernel.WeightsOf(firstTarget + y);
            var from = source.Slice((kernel.First[firstTarget + y] - firstRow) * stride, ((weights.Length - 1) * stride) + length);
            DownRow(from, stride, target.Slice(y * length, length), weights);
        }
    }

    // Neighbours along the row share their weights, so channels do not matter and a whole vector of bytes goes at once.
    private static void DownRow(ReadOnlySpan<byte> source, int stride, Span<byte> line, ReadOnlySpan<int> weights)
    {
        var x = 0;
        if (Avx2.IsSupported)
        {
            for (; x <= line.Length - VectorBytes; x += VectorBytes)
            {
                DownVector(source[x..], line[x..], stride, weights);
            }
        }
        else
        {
            for (; x <= line.Length - Vector128<byte>.Count; x += Vector128<byte>.Count)
            {
                DownSixteen(source[x..], line[x..], stride, weights);
            }
        }

        for (; x < line.Length; x++)
        {
            var sum = Half;
            for (var i = 0; i < weights.Length; i++)
            {
                sum += source[(i * stride) + x] * weights[i];
            }

            line[x] = Clip(sum);
        }
    }

    private static unsafe void DownVector(ReadOnlySpan<byte> source, Span<byte> target, int stride, ReadOnlySpan<int> weights)
    {
        _ = source[((weights.Length - 1) * stride) + VectorBytes - 1]; // all that is read below lies before this byte
        var sum0 = Vector256.Create(Half);
        var (sum1, sum2, sum3) = (sum0, sum0, sum0);
        fixed (byte* start = source)
        {
            var at = start;
            foreach (var tap in weights)
            {
                var weight = Vector256.Create(tap);
                sum0 += Avx2.ConvertToVector256Int32(at) * weight;
                sum1 += Avx2.ConvertToVector256Int32(at + 8) * weight;
                sum2 += Avx2.ConvertToVector256Int32(at + 16) * weight;
                sum3 += Avx2.ConvertToVector256Int32(at + 24) * weight;
                at += stride;
            }
        }

        // Packing saturates, which is the clipping; it works within halves, and the permutation brings them together again.
        var low = Avx2.PackSignedSaturate(sum0 >> ResampleKernel.FractionBits, sum1 >> ResampleKernel.FractionBits);
        var high = Avx2.PackSignedSaturate(sum2 >> ResampleKernel.FractionBits, sum3 >> ResampleKernel.FractionBits);
        var packed = Avx2.PackUnsignedSaturate(low, high).AsInt32();
        Avx2.PermuteVar8x32(packed, Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsByte().CopyTo(target);
    }

    private static void DownSixteen(ReadOnlySpan<byte> source, Span<byte> target, int stride, ReadOnlySpan<int> weights)
    {
        var sum0 = Vector128.Create(Half);
        var (sum1, sum2, sum3) = (sum0, sum0, sum0);
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

    // Two neighbouring pixels a load, four rows a set of weights: a tap's four lanes are a pixel's four bytes.
    private static unsafe void AcrossFour(
        ReadOnlySpan<byte> source, int wide, Span<byte> target, int stride, int kept, ResampleKernel kernel, int[] weights, int firstColumn, int columns)
    {
        var pairs = kernel.PairCount;
        fixed (byte* from = source, to = target)
        fixed (int* table = weights)
        {
            for (var x = 0; x < columns; x++)
            {
                var at = from + (kernel.First[firstColumn + x] * 4);
                var weight = table + ((nint)x * pairs * 8);
                var count = (kernel.Count[firstColumn + x] + 1) / 2;
                var sum0 = Vector256<int>.Zero;
                var (sum1, sum2, sum3) = (sum0, sum0, sum0);
                for (var i = 0; i < count; i++, at += 8, weight += 8)
                {
                    var factor = Vector256.Load(weight);
                    sum0 += Avx2.ConvertToVector256Int32(at) * factor;
                    sum1 += Avx2.ConvertToVector256Int32(at + wide) * factor;
                    sum2 += Avx2.ConvertToVector256Int32(at + (2 * wide)) * factor;
                    sum3 += Avx2.ConvertToVector256Int32(at + (3 * wide)) * factor;
                }

                var low = Sse2.PackSignedSaturate(Rounded(sum0), Rounded(sum1));
                var high = Sse2.PackSignedSaturate(Rounded(sum2), Rounded(sum3));
                var packed = Sse2.PackUnsignedSaturate(low, high).AsUInt32();  // a pixel of each row
                var place = to + (x * kept);
                Unsafe.WriteUnaligned(place, packed[0]);
                Unsafe.WriteUnaligned(place + stride, packed[1]);
                Unsafe.WriteUnaligned(place + (2 * stride), packed[2]);
                Unsafe.WriteUnaligned(place + (3 * stride), packed[3]);
            }
        }
    }

    private static Vector128<int> Rounded(Vector256<int> pairs) => (pairs.GetLower() + pairs.GetUpper() + Vector128.Create(Half)) >> ResampleKernel.FractionBits;

    // One lane a channel: a tap is one load, one widening, one multiply and one addition for the whole pixel.
    private static void AcrossOne(ReadOnlySpan<byte> source, Span<byte> target, int kept, ResampleKernel kernel, int firstColumn, int columns)
    {
        for (var x = 0; x < columns; x++)
        {
            var weights = kernel.WeightsOf(firstColumn + x);
            var from = source.Slice(kernel.First[firstColumn + x] * 4, weights.Length * 4);
            var sum = Vector128.Create(Half);
            for (var i = 0; i < weights.Length; i++)
            {
                var pixel = Vector128.CreateScalar(Unsafe.ReadUnaligned<uint>(in from[i * 4])).AsByte();
                sum += Vector128.WidenLower(Vector128.WidenLower(pixel)).AsInt32() * weights[i];
            }

            for (var channel = 0; channel < kept; channel++)
            {
                target[(x * kept) + channel] = Clip(sum[channel]);
            }
        }
    }

    private static void AcrossGrey(ReadOnlySpan<byte> source, Span<byte> target, ResampleKernel kernel, int firstColumn)
    {
        for (var x = 0; x < target.Length; x++)
        {
            var weights = kernel.WeightsOf(firstColumn + x);
            var from = source.Slice(kernel.First[firstColumn + x], weights.Length);
            var sum = Half;
            for (var i = 0; i < weights.Length; i++)
            {
                sum += from[i] * weights[i];
            }

            target[x] = Clip(sum);
        }
    }

    private static void Widen(ReadOnlySpan<byte> colours, Span<byte> wide)
    {
        var (from, to) = (0, 0);
        if (Ssse3.IsSupported)
        {
            var spread = Vector128.Create((byte)0, 1, 2, 0xFF, 3, 4, 5, 0xFF, 6, 7, 8, 0xFF, 9, 10, 11, 0xFF);
            for (; from <= colours.Length - 16; from += 12, to += 16)
            {
                Ssse3.Shuffle(Vector128.Create(colours[from..]), spread).CopyTo(wide[to..]);
            }
        }

        for (; from < colours.Length; from += 3, to += 4)
        {
            (wide[to], wide[to + 1], wide[to + 2], wide[to + 3]) = (colours[from], colours[from + 1], colours[from + 2], 0);
        }
    }

    private static Vector128<int> ClipLanes(Vector128<int> sums) =>
        Vector128.Min(Vector128.Max(sums >> ResampleKernel.FractionBits, Vector128<int>.Zero), Vector128.Create(255));

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleKernel.FractionBits, 0, 255);
}
