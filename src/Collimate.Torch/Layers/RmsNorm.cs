using Collimate.Torch.Fused;

namespace Collimate.Torch.Layers;

/// <summary>Divides the last dimension by its root mean square, then scales. Source: Zhang and Sennrich 2019. PyTorch: <c>torch.nn.RMSNorm</c>.</summary>
public sealed class RmsNorm : Module
{
    /// <param name="width">Width of the last dimension.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    public RmsNorm(long width, double epsilon = 1e-6)
    {
        using var scope = new TensorScope();
        Epsilon = epsilon;
        Weight = AddParameter("weight", Tensor.Ones([width]));
    }

    /// <summary><c>[width]</c></summary>
    public Tensor Weight { get; }

    /// <summary>Added to the mean square.</summary>
    public double Epsilon { get; }

    /// <summary>Applies the norm.</summary>
    /// <param name="x"><c>[…, width]</c></param>
    public Tensor Forward(Tensor x) => FusedOperators.RmsNorm(x, Weight, Epsilon);
}
