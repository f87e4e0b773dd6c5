using Collimate.Torch;

namespace Collimate.Models.Vision;

/// <summary>Learnt positions of a square grid of patches, with those of tokens before them, for grids of any shape.</summary>
internal static class PatchPositions
{
    /// <summary>Positions for a grid of another shape than they were learnt on.</summary>
    /// <param name="learnt"><c>[leading + side · side, width]</c></param>
    /// <param name="leading">How many tokens stand before the patches; theirs stay as they are.</param>
    /// <param name="rows">Rows of the wanted grid.</param>
    /// <param name="columns">Columns of the wanted grid.</param>
    /// <param name="how">The form of the interpolation.</param>
    /// <returns><c>[leading + rows · columns, width]</c></returns>
    public static Tensor For(Tensor learnt, int leading, int rows, int columns, PositionInterpolation how)
    {
        var width = learnt.Size(1);
        var side = (int)Math.Round(Math.Sqrt(learnt.Size(0) - leading));
        const double nudge = 0.1; // the original code's guard against a size that rounds down
        (double, double)? scales = how == PositionInterpolation.ByScale ? ((rows + nudge) / side, (columns + nudge) / side) : null;
        using var scope = new TensorScope();
        var grid = learnt.Slice(0, leading).View(1, side, side, width).Permute(0, 3, 1, 2).To(ScalarType.Float32); // [1, width, side, side]
        var stretched = grid.UpsampleBicubic(rows, columns, scales)            // [1, width, rows, columns]
            .Permute(0, 2, 3, 1).Reshape(rows * columns, width).To(learnt.Type);
        return scope.Escape(leading == 0 ? stretched : Tensor.Cat([learnt.Slice(0, 0, leading), stretched]));
    }
}
