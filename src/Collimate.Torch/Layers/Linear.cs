using Collimate.Torch.Fused;

namespace Collimate.Torch.Layers;

/// <summary>x · weightᵀ + bias. PyTorch: <c>torch.nn.Linear</c>.</summary>
public sealed class Linear : Module, ILinearMap
{
    /// <summary>Makes a layer with weights uniform within 1/√inputs (PyTorch's default), or normal with a given deviation, and zero bias.</summary>
    /// <param name="inputs">Width of the input.</param>
    /// <param name="outputs">Width of the output.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="generator">Draws the weights.</param>
    /// <param name="deviation">The weights' standard deviation, normally distributed; uniform where null.</param>
    public Linear(long inputs, long outputs, bool bias = true, Generator? generator = null, double? deviation = null)
        : this(inputs, outputs, bias, () => deviation is { } normal
            ? Tensor.RandomNormal([outputs, inputs], generator) * normal
            : ((Tensor.RandomUniform([outputs, inputs], generator) * 2) - 1) / Math.Sqrt(inputs))
    {
    }

    private Linear(long inputs, long outputs, bool bias, Func<Tensor> draw)
    {
        using var scope = new TensorScope();
        Weight = AddParameter("weight", [outputs, inputs], draw);
        Bias = bias ? AddParameter("bias", Tensor.Zeros([outputs])) : null;
    }

    /// <summary>Makes a layer with weights uniform within √(6 / (inputs + outputs)), as <see cref="Initialization.XavierUniform"/> draws them, and zero bias.</summary>
    /// <param name="inputs">Width of the input.</param>
    /// <param name="outputs">Width of the output.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="generator">Draws the weights.</param>
    public static Linear Xavier(long inputs, long outputs, bool bias = true, Generator? generator = null) =>
        new(inputs, outputs, bias, () => Initialization.XavierUniform([outputs, inputs], generator));

    /// <summary><c>[outputs, inputs]</c></summary>
    public Tensor Weight { get; }

    /// <summary><c>[outputs]</c>, or null</summary>
    public Tensor? Bias { get; }

    /// <inheritdoc/>
    public ILinearChange? Change { get; set; }

    /// <summary>Applies the layer to the last dimension.</summary>
    /// <param name="x"><c>[…, inputs]</c></param>
    /// <returns><c>[…, outputs]</c></returns>
    public Tensor Forward(Tensor x) => Change is null ? Plain(x) : Change.Apply(x, Plain(x));

    private Tensor Plain(Tensor x) => FusedOperators.Linear(x, Weight, Bias);
}
