namespace Collimate.Torch.Fused;

/// <summary>The gradient of Sinkhorn at its limit, from libtorch's own operators and from the result alone. Source: Eisenberger et al. 2022.</summary>
/// <remarks>
/// With r and c the sums of P's rows and columns, W = gradient ∘ P and w its sums, dZ = W - P ∘ (x 1ᵀ + 1 yᵀ), where r x + P y = w_rows and Pᵀ x + c y = w_columns.
/// Without x that is (c - Pᵀ r⁻¹ P) y = w_columns - Pᵀ r⁻¹ w_rows: symmetric, not negative, zero for a constant y, and solved by conjugate gradients.
/// </remarks>
internal static class ImplicitSinkhorn
{
    private const int MaximumSteps = 500;
    private const int CheckEvery = 10;

    /// <summary>The gradient of the scores divided by the temperature.</summary>
    /// <param name="matrix">P, <c>[…, n, n]</c></param>
    /// <param name="gradient">Of P.</param>
    public static Tensor Gradient(Tensor matrix, Tensor gradient)
    {
        using var scope = new TensorScope();
        var slope = gradient * matrix;
        var (rows, columns) = (matrix.Sum(-1, keepDimension: true), matrix.Sum(-2).Unsqueeze(-1));           // [..., n, 1]
        var (rowSlope, columnSlope) = (slope.Sum(-1, keepDimension: true), slope.Sum(-2).Unsqueeze(-1)); // [..., n, 1]
        var turned = matrix.Transpose(-2, -1);
        var target = columnSlope - turned.MatMul(rowSlope / rows);
        var bound = (rowSlope.Square().Sum(-2, keepDimension: true) + columnSlope.Square().Sum(-2, keepDimension: true)) * Math.Pow(Precision(matrix.Type), 2);
        var y = Solve(x => (columns * x) - turned.MatMul(matrix.MatMul(x) / rows), target, bound);
        var x = (rowSlope - matrix.MatMul(y)) / rows;
        return scope.Escape(slope - (matrix * (x + y.Transpose(-2, -1))));
    }

    /// <summary>How small, beside the sums that it is left over from, what is left over has to be.</summary>
    private static double Precision(ScalarType type) => type == ScalarType.Float64 ? 1e-14 : 1e-6;

    private static Tensor Solve(Func<Tensor, Tensor> product, Tensor target, Tensor bound)
    {
        using var scope = new TensorScope();
        var (solution, residual) = (target * 0, target - target.Mean(-2, keepDimension: true));
        var direction = residual;
        var size = residual.Square().Sum(-2, keepDimension: true); // [..., 1, 1]
        for (var step = 0; step < MaximumSteps; step++)
        {
            if (step % CheckEvery == 0 && size.Le(bound).All().ItemBool())
            {
                break;
            }

            using var inner = new TensorScope();
            var image = product(direction);
            // A matrix that is done stands still while others of the batch go on.
            var pace = Tensor.Where(size.Gt(bound), size / (direction * image).Sum(-2, keepDimension: true), size * 0);
            solution = inner.Escape(solution + (pace * direction));
            residual = residual - (pace * image);
            residual = inner.Escape(residual - residual.Mean(-2, keepDimension: true));
            var next = inner.Escape(residual.Square().Sum(-2, keepDimension: true));
            direction = inner.Escape(residual + (direction * Tensor.Where(size.Gt(bound), next / size, size * 0)));
            size = next;
        }

        return scope.Escape(solution);
    }
}
