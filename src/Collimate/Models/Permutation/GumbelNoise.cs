using Collimate.Torch;

namespace Collimate.Models.Permutation;

/// <summary>Noise of the standard Gumbel distribution: with it, taking the best of some logits is drawing from their softmax.</summary>
public static class GumbelNoise
{
    // As the authors have it: keeps both logarithms finite.
    private const double Epsilon = 1e-10;

    /// <summary>Draws −log(−log u) for uniform u.</summary>
    /// <param name="shape">How many, in which shape.</param>
    /// <param name="seed">The same seed gives the same noise, whatever the device.</param>
    /// <param name="type">The numbers' type.</param>
    /// <param name="device">Where they are wanted.</param>
    public static Tensor Draw(ReadOnlySpan<long> shape, ulong seed, ScalarType type = ScalarType.Float32, Device? device = null)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(seed);
        var uniform = Tensor.RandomUniform(shape, generator, type); // in [0, 1)
        return scope.Escape(-((-(uniform + Epsilon).Log()) + Epsilon).Log().To(device ?? Device.Cpu));
    }
}
