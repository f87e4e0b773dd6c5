using Collimate.Imaging;
using Collimate.Inspection.Orders;

namespace Collimate.Reports.Orders;

/// <summary>Draws from where each position takes its vector: a permutation is one dark square in every row and column, a mixture is grey.</summary>
public static class OrderMatrix
{
    private const int LeastSide = 480;

    /// <summary>The matrix as a picture: rows are positions, columns the places of concatenation.</summary>
    /// <param name="view">The order.</param>
    public static Image Draw(TokenOrderView view)
    {
        var length = view.Length;
        var cell = Math.Max(1, LeastSide / length);
        var side = length * cell;
        var pixels = new byte[side * side * 3];
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var weight = Math.Clamp(view.Weights[(y / cell * length) + (x / cell)], 0, 1);
                var at = ((y * side) + x) * 3;
                // From near white to dark blue; the root makes small weights visible.
                var strength = Math.Sqrt(weight);
                pixels[at] = (byte)(244 - (214 * strength));
                pixels[at + 1] = (byte)(246 - (166 * strength));
                pixels[at + 2] = (byte)(248 - (88 * strength));
            }
        }

        return new Image(side, side, 3, pixels);
    }
}
