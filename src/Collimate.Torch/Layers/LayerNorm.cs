using Collimate.Torch.Fused;

namespace Collimate.Torch.Layers;

/// <summary>Normalises the last dimension to mean 0 and variance 1, then scales and shifts. PyTorch: <c>torch.nn.LayerNorm</c>.</summary>
/// <remarks>Statistics are computed in single precision, also inside an autocast region.</remarks>
public sealed class LayerNorm : Module
{
    private readonly double epsilon;

    /// <param name="width">Width of the last dimension.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public LayerNorm(long width, double epsilon = 1e-5)
    {
        using var scope = new TensorScope();
        this.epsilon = epsilon;
        Weight = AddParameter("weight", Tensor.Ones([width]));
        Bias = AddParameter("bias", Tensor.Zeros([width]));
    }

    /// <summary><c>[width]</c></summary>
    public Tensor Weight { get; }

    /// <summary><c>[width]</c></summary>
    public Tensor Bias { get; }

    /// <summary>Applies the norm.</summary>
    /// <param name="x"><c>[…, width]</c></param>
    public Tensor Forward(Tensor x) => FusedOperators.LayerNorm(x.To(Weight.Type), Weight, Bias, epsilon);
}
