namespace Collimate.Torch.Fused;

/// <summary>Sinkhorn as the code of the Gumbel permutation Sinkformer writes it, for comparison with its figures.</summary>
/// <remarks>Every iteration leaves matrices behind for the backward pass, and the early end waits for the device.</remarks>
internal static class PaperSinkhorn
{
    private const double Bound = 15;
    private const double Epsilon = 1e-8;

    public static Tensor Normalize(Tensor logits, double temperature, SinkhornOptions options)
    {
        var matrix = (logits / temperature).Clamp(-Bound, Bound).Exp(); // [..., n, n]
        for (var iteration = 1; iteration <= options.Iterations; iteration++)
        {
            var before = matrix;
            matrix = matrix / (matrix.Sum(-1, keepDimension: true) + Epsilon);
            matrix = matrix / (matrix.Sum(-2, keepDimension: true) + Epsilon);
            if (options.Tolerance > 0 && iteration % options.CheckEvery == 0 && iteration < options.Iterations && Moved(before, matrix) < options.Tolerance)
            {
                break;
            }
        }

        return matrix;
    }

    private static double Moved(Tensor before, Tensor after)
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        return after.ElementCount == 0 ? 0 : (after - before).Abs().Max().Item();
    }
}
