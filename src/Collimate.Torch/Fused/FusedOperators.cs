namespace Collimate.Torch.Fused;

/// <summary>Operators that do in one pass what would take several.</summary>
public static class FusedOperators
{
    /// <summary>x / √(mean(x²) + ε) · weight over the last dimension.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon)
    {
        using var scope = new TensorScope();
        var wide = x.To(ScalarType.Float32);
        return scope.Escape(wide * (wide.Square().Mean(-1, true) + epsilon).Rsqrt() * weight);
    }

    /// <summary>The Euclidean norm of several tensors together.</summary>
    public static Tensor GradientNorm(Tensor[] tensors)
    {
        using var scope = new TensorScope();
        return scope.Escape(Tensor.Stack(tensors.Select(t => t.Norm())).Norm());
    }

    /// <summary>Cross-entropy of hidden states against token ids.</summary>
    public static (Tensor Sum, Tensor Hits) LinearCrossEntropy(Tensor hidden, Tensor weight, Tensor targets)
    {
        var logits = hidden.Linear(weight).To(ScalarType.Float32);
        return (logits.CrossEntropy(targets) * targets.ElementCount, logits.ArgMax(-1).Eq(targets).Sum());
    }

    /// <summary>One AdamW step.</summary>
    public static void AdamW(Tensor[] values, Tensor[] gradients, Tensor[] first, Tensor[] second, double rate, double beta1, double beta2, double epsilon, double decay, long step)
    {
        for (var k = 0; k < values.Length; k++)
        {
            using var scope = new TensorScope();
            values[k].Mul_(1 - (rate * decay));
            first[k].Mul_(beta1).Add_(gradients[k], 1 - beta1);
            second[k].Mul_(beta2).Add_(gradients[k].Square(), 1 - beta2);
            var root = (second[k] / (1 - Math.Pow(beta2, step))).Sqrt() + epsilon;
            values[k].Add_(first[k] / root, -rate / (1 - Math.Pow(beta1, step)));
        }
    }
}
