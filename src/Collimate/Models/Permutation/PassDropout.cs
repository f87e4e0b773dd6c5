using Collimate.Adapters;
using Collimate.Torch;

namespace Collimate.Models.Permutation;

/// <summary>The dropout of one forward pass: what is left out follows from the pass's seed and the order of the calls, not from who computes it.</summary>
/// <param name="chance">The chance of each number to be left out.</param>
/// <param name="seed">The pass's seed.</param>
internal sealed class PassDropout(double chance, ulong seed)
{
    private ulong calls;

    /// <summary>Leaves out, and scales up the rest.</summary>
    /// <param name="x">Any shape.</param>
    internal Tensor Apply(Tensor x)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(AdapterDropout.Mix(seed, calls++));
        // Drawn on the host: the draws do not depend on the device.
        var kept = Tensor.RandomUniform(x.Shape, generator).Ge(chance).To(x.Type) * (1 / (1 - chance));
        return scope.Escape(x * kept.To(x.Device));
    }
}
