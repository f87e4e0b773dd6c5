namespace Collimate.Torch.Fused;

/// <summary>The norms, operator by operator: what the fused ones are held against, and what other devices and types run.</summary>
internal static class NormReferences
{
    public static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon)
    {
        using var scope = new TensorScope();
        var wide = Widened(x);
        var normed = wide * (wide.Square().Mean(-1, keepDimension: true) + epsilon).Rsqrt(); // [..., width]
        return scope.Escape(normed.To(x.Type) * weight);
    }

    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon)
    {
        using var scope = new TensorScope();
        var wide = Widened(x);
        var centred = wide - wide.Mean(-1, keepDimension: true);
        var normed = centred * (centred.Square().Mean(-1, keepDimension: true) + epsilon).Rsqrt(); // [..., width]
        return scope.Escape((normed.To(x.Type) * weight) + bias);
    }

    // Squares of half-precision numbers overflow or lose their digits.
    private static Tensor Widened(Tensor x) => x.Type is ScalarType.Float16 or ScalarType.BFloat16 ? x.To(ScalarType.Float32) : x;
}
