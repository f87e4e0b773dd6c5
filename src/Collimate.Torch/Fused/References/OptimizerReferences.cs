namespace Collimate.Torch.Fused;

/// <summary>AdamW, operator by operator.</summary>
internal static class OptimizerReferences
{
    public static void AdamW(
        Tensor[] values, Tensor[] gradients, Tensor[] first, Tensor[] second,
        double rate, double beta1, double beta2, double epsilon, double decay, long step, Tensor? gradientScale)
    {
        using var noGradient = GradMode.Disable();
        var stepSize = rate / (1 - Math.Pow(beta1, step));
        var correction = Math.Sqrt(1 - Math.Pow(beta2, step));
        for (var k = 0; k < values.Length; k++)
        {
            using var scope = new TensorScope();
            var gradient = gradients[k].To(first[k].Type);
            gradient = gradientScale is null ? gradient : gradient * gradientScale;
            first[k].Mul_(beta1).Add_(gradient, 1 - beta1);
            second[k].Mul_(beta2).Add_(gradient.Square(), 1 - beta2);
            values[k].Mul_(1 - (rate * decay)).Add_(first[k] / ((second[k].Sqrt() / correction) + epsilon), -stepSize);
        }
    }
}
