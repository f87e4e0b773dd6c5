using Collimate.Torch.Fused;

namespace Collimate.Torch.Optimization;

/// <summary>Bounds the norm of all gradients together. PyTorch: <c>torch.nn.utils.clip_grad_norm_</c>.</summary>
public static class GradientClipping
{
    // As PyTorch has it, so that a run here and a run there agree.
    private const double Epsilon = 1e-6;

    private static readonly Operator MultiplyAll = Operator.Find("aten::_foreach_mul_", "Scalar");

    /// <summary>Scales the gradients down, in place, where their norm is above a bound.</summary>
    /// <param name="parameters">Those that have no gradient are passed over.</param>
    /// <param name="maximum">The bound; 0 only measures.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is negative or not a number.</exception>
    /// <returns>The norm before scaling. Where it is not finite, nothing is scaled.</returns>
    public static double ClipByNorm(IReadOnlyList<Tensor> parameters, double maximum)
    {
        var (norm, factor) = Measure(parameters, maximum);
        if (factor < 1)
        {
            using var scope = new TensorScope();
            using var _ = GradMode.Disable();
            MultiplyAll.Run(GradientsOf(parameters), factor);
        }

        return norm;
    }

    /// <summary>The norm of the gradients, and the factor that brings it down to a bound: <see cref="Optimizer.Step"/> takes it, which spares a pass.</summary>
    /// <param name="parameters">Those that have no gradient are passed over.</param>
    /// <param name="maximum">The bound; 0 is none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is negative or not a number.</exception>
    /// <returns>The norm, and a factor of at most 1. Where the norm is not finite, the factor is 1.</returns>
    public static (double Norm, double Factor) Measure(IReadOnlyList<Tensor> parameters, double maximum)
    {
        if (!(maximum >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(maximum), maximum, "a bound on a norm is 0 or more");
        }

        using var scope = new TensorScope();
        var gradients = GradientsOf(parameters);
        if (gradients.Length == 0)
        {
            return (0, 1);
        }

        var norm = FusedOperators.GradientNorm(gradients).Item();
        return (norm, maximum > 0 && norm > maximum && double.IsFinite(norm) ? maximum / (norm + Epsilon) : 1);
    }

    private static Tensor[] GradientsOf(IReadOnlyList<Tensor> parameters) => [.. parameters.Select(p => p.Grad).OfType<Tensor>()];
}
