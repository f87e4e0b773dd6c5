using Collimate.Torch.Fused;

namespace Collimate.Torch.Optimization;

/// <summary>Bounds the norm of all gradients together. PyTorch: <c>torch.nn.utils.clip_grad_norm_</c>.</summary>
public static class GradientClipping
{
    private const double Epsilon = 1e-6;

    private static readonly Operator MultiplyAll = Operator.Find("aten::_foreach_mul_", "Scalar");

    /// <summary>Scales the gradients down, in place, where their norm is above a bound.</summary>
    /// <param name="parameters">Those that have no gradient are passed over.</param>
    /// <param name="maximum">The bound; 0 only measures.</param>
    /// <returns>The norm before scaling. It is not finite exactly where a gradient is not (or is too large for its type); nothing is scaled then.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bound is negative or not a number.</exception>
    public static double ClipByNorm(IReadOnlyList<Tensor> parameters, double maximum)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maximum);
        if (double.IsNaN(maximum))
        {
            throw new ArgumentOutOfRangeException(nameof(maximum), "the bound of the gradients' norm is not a number");
        }

        using var scope = new TensorScope();
        Tensor[] gradients = [.. parameters.Select(p => p.Grad).OfType<Tensor>()];
        if (gradients.Length == 0)
        {
            return 0;
        }

        var norm = FusedOperators.GradientNorm(gradients).Item();
        if (maximum > 0 && norm > maximum && double.IsFinite(norm))
        {
            using var _ = GradMode.Disable();
            MultiplyAll.Run(gradients, maximum / (norm + Epsilon));
        }

        return norm;
    }
}
