using Collimate.Torch.Fused;

namespace Collimate.Torch.Optimization;

/// <summary>Bounds the norm of all gradients together. PyTorch: <c>torch.nn.utils.clip_grad_norm_</c>.</summary>
public static class GradientClipping
{
    /// <summary>Scales the gradients down, in place, where their norm is above a bound.</summary>
    /// <param name="parameters">Those that have no gradient are passed over.</param>
    /// <param name="maximum">The bound; 0 only measures.</param>
    /// <returns>The norm before scaling. Where it is not finite, nothing is scaled.</returns>
    public static double ClipByNorm(IReadOnlyList<Tensor> parameters, double maximum)
    {
        using var scope = new TensorScope();
        Tensor[] gradients = [.. parameters.Select(p => p.Grad).OfType<Tensor>()];
        if (gradients.Length == 0)
        {
            return 0;
        }

        var norm = FusedOperators.GradientNorm(gradients).Item();
        if (maximum > 0 && norm > maximum && double.IsFinite(norm))
        {
            foreach (var gradient in gradients)
            {
                gradient.Mul_(maximum / (norm + 1e-6));
            }
        }

        return norm;
    }
}
