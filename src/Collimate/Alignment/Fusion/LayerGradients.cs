using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Alignment.Fusion;

/// <summary>Reports the gradients of a fusion layer by layer, where there are several: one that runs away from the others is seen before the loss is.</summary>
internal static class LayerGradients
{
    /// <summary>Adds <c>fusion/gradient_norm/LAYER</c> for every layer that learns.</summary>
    /// <param name="layers">The fusion's layers by number.</param>
    /// <param name="measures">Where to report.</param>
    public static void Report(IEnumerable<(int Number, Module Layer)> layers, MeasureSet measures)
    {
        var all = layers.ToArray();
        if (all.Length < 2)
        {
            return;
        }

        using var scope = new TensorScope();
        foreach (var (number, layer) in all)
        {
            Tensor[] gradients = [.. layer.Parameters().Select(parameter => parameter.Grad).OfType<Tensor>()];
            if (gradients.Length > 0)
            {
                measures.Add($"fusion/gradient_norm/{number:D2}", FusedOperators.GradientNorm(gradients).Item());
            }
        }
    }
}
