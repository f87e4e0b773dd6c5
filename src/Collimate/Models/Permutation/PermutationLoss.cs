using Collimate.Torch;

namespace Collimate.Models.Permutation;

/// <summary>How far a doubly stochastic matrix is from a known permutation.</summary>
public static class PermutationLoss
{
    private const double PaperEpsilon = 1e-8;
    private const double EntropyWeight = 0.01;
    private const double Smallest = 1e-30;

    /// <summary>The mean over rows of −ln P at the right column.</summary>
    /// <param name="matrix">P, <c>[batch, n, n]</c>.</param>
    /// <param name="targets">The right column of every row, <c>[batch, n]</c> in 64-bit integers.</param>
    public static Tensor CrossEntropy(Tensor matrix, Tensor targets)
    {
        using var scope = new TensorScope();
        return scope.Escape(-matrix.Gather(-1, targets.Unsqueeze(-1)).Clamp(minimum: Smallest).Log().Mean());
    }

    /// <summary>The loss of the authors' code: the mean square error over all elements, the cross-entropy, and a hundredth of the rows' entropy, 10⁻⁸ added under the logarithms.</summary>
    /// <remarks>
    /// On a matrix made hard by the straight-through estimator a wrong row's gradient is 10⁸ at its right column, whatever the soft matrix says; only clipping hides it.
    /// Use it on the soft matrix unless the paper's own course is wanted.
    /// </remarks>
    /// <param name="matrix">P, <c>[batch, n, n]</c>.</param>
    /// <param name="targets">The right column of every row, <c>[batch, n]</c> in 64-bit integers.</param>
    public static Tensor Published(Tensor matrix, Tensor targets)
    {
        using var scope = new TensorScope();
        var columns = targets.Unsqueeze(-1);
        var right = Tensor.Zeros(matrix.Shape, matrix.Type, matrix.Device).Scatter(-1, columns, Tensor.Ones(columns.Shape, matrix.Type, matrix.Device));
        var logarithm = (matrix + PaperEpsilon).Log();
        var square = (matrix - right).Square().Mean();
        var cross = -logarithm.Gather(-1, columns).Mean();
        var entropy = -(matrix * logarithm).Sum(-1).Mean();
        return scope.Escape(square + cross + (entropy * EntropyWeight));
    }
}
