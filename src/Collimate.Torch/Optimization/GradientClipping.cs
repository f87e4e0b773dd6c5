using Collimate.Torch.Fused;

namespace Collimate.Torch.Optimization;

/// <summary>Bounds the norm of all gradients together. PyTorch: <c>torch.nn.utils.clip_grad_norm_</c>.</summary>
public static class GradientClipping
{
    private static readonly Operator MultiplyAll = Operator.Find("aten::_foreach_mul_", "Scalar");

    /// <summary>Scales the gradients down, in place, where their norm is above a bound.</summary>
    /// <param name="parameters">Those that have no gradient are passed over.</param>
    /// <param name="maximum">The bound; 0 only measures.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is negative or not a number.</exception>
    /// <returns>The norm before scaling. Where it is not finite, nothing is scaled.</returns>
    public static double ClipByNorm(IReadOnlyList<Tensor> parameters, double maximum)
    {
        if (!(maximum >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(maximum), maximum, "a bound on a norm is 0 or more");
        }

        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        Tensor[] gradients = [.. parameters.Select(p => p.Grad).OfType<Tensor>()];
        if (gradients.Length == 0)
        {
            return 0;
        }

        var norm = FusedOperators.GradientNorm(gradients).Item();
        if (maximum > 0 && norm > maximum && double.IsFinite(norm))
        {
            MultiplyAll.Run(gradients, maximum / (norm + 1e-6));
        }

        return norm;
    }
}
