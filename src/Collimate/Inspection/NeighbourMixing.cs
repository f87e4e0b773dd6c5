using Collimate.Torch;

namespace Collimate.Inspection;

/// <summary>Whether the nearest neighbours of one cloud's vectors belong to the other.</summary>
internal static class NeighbourMixing
{
    // Cosines nearer than this are alike: products of the same vectors may differ in their last bits.
    private const double Alike = 1e-9;

    /// <summary>For each cloud the share of the other among its vectors' nearest neighbours by cosine, a vector itself left out.</summary>
    /// <param name="first">Vectors of length one in double precision, <c>[n, width]</c>.</param>
    /// <param name="second">The same, <c>[m, width]</c>.</param>
    /// <param name="neighbours">How many neighbours; all others where there are fewer.</param>
    /// <remarks>Where several stand alike at the last place, each counts with its part of the room that is left.</remarks>
    internal static (double First, double Second) Shares(Tensor first, Tensor second, int neighbours)
    {
        using var scope = new TensorScope();
        var all = Tensor.Cat([first, second]);                                     // [n + m, width]
        var cosines = all.MatMul(all.Transpose(0, 1)).ToArray<double>();           // [n + m, n + m]
        var (ofFirst, count) = ((int)first.Size(0), (int)all.Size(0));
        var wanted = Math.Min(neighbours, count - 1);
        var sums = (First: 0.0, Second: 0.0);
        var sorted = new double[count - 1];
        for (var row = 0; row < count; row++)
        {
            var mine = cosines.AsSpan(row * count, count);
            mine[..row].CopyTo(sorted);
            mine[(row + 1)..].CopyTo(sorted.AsSpan(row));
            Array.Sort(sorted);
            var share = ShareOfOther(mine, row, ofFirst, sorted[^wanted], wanted);
            sums = row < ofFirst ? (sums.First + share, sums.Second) : (sums.First, sums.Second + share);
        }

        return (sums.First / ofFirst, sums.Second / (count - ofFirst));
    }

    private static double ShareOfOther(ReadOnlySpan<double> cosines, int self, int ofFirst, double last, int wanted)
    {
        var (above, otherAbove, alike, otherAlike) = (0, 0, 0, 0);
        for (var at = 0; at < cosines.Length; at++)
        {
            var isOther = at < ofFirst != self < ofFirst ? 1 : 0;
            if (at == self || cosines[at] < last - Alike)
            {
                continue;
            }

            if (cosines[at] > last + Alike)
            {
                (above, otherAbove) = (above + 1, otherAbove + isOther);
            }
            else
            {
                (alike, otherAlike) = (alike + 1, otherAlike + isOther);
            }
        }

        return (otherAbove + ((wanted - above) * (double)otherAlike / alike)) / wanted;
    }
}
