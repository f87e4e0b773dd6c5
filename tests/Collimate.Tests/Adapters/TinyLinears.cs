using Collimate.Adapters;
using Collimate.Models;
using Collimate.Tests.Models;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Tests.Adapters;

/// <summary>Two linear layers, one of them a packed one of three maps, with a norm between: the least model that has everything adapters meet.</summary>
internal sealed class TinyLinears : Module
{
    private readonly PackedLinear packed;
    private readonly LayerNorm norm;
    private readonly Linear output;

    public TinyLinears(Random random, bool bias = true, ScalarType type = ScalarType.Float32)
    {
        using var generator = new Generator((ulong)random.Next());
        var (inputs, q, k) = (random.Next(2, 9), random.Next(1, 7), random.Next(1, 5));
        packed = AddModule("layers.0.attn.qkv_proj", new PackedLinear(inputs, [("q_proj", q), ("k_proj", k), ("v_proj", k)], bias, generator, 0.5));
        norm = AddModule("layers.0.norm", new LayerNorm(q + k + k));
        output = AddModule("layers.0.o_proj", new Linear(q + k + k, inputs, bias, generator));
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        foreach (var parameter in Parameters().Where(p => p.Rank == 1))
        {
            parameter.CopyFrom_(Tensor.RandomNormal(parameter.Shape, generator));
        }

        To(type);
    }

    public int Inputs => (int)packed.Weight.Size(1);

    public PackedLinear Packed => packed;

    public Linear Output => output;

    public Tensor Forward(Tensor x) => output.Forward(norm.Forward(packed.Forward(x)));

    public Tensor Input(Random random, ScalarType type = ScalarType.Float32)
    {
        using var generator = new Generator((ulong)random.Next());
        return Tensor.RandomNormal([2, 3, Inputs], generator, type);
    }

    /// <summary>Gives an adapter values as training might.</summary>
    public static void Shake(AdapterSet set, string name, Random random)
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        using var generator = new Generator((ulong)random.Next());
        foreach (var (entry, value) in set.StateOf(name))
        {
            var noise = Tensor.RandomNormal(value.Shape, generator, value.Type) * 0.5;
            value.CopyFrom_(entry.EndsWith("magnitude_vector", StringComparison.Ordinal) ? value * (1 + (0.3 * noise)) : noise);
        }
    }

    /// <summary>The maps of the model by path, as plain tensors.</summary>
    public (string Path, Tensor Weight, Tensor? Bias)[] Maps()
    {
        var state = StateDict();
        return [.. state.Keys.Where(name => name.EndsWith("proj.weight", StringComparison.Ordinal)).Select(name => name[..^7])
            .Select(path => (path, state[path + ".weight"], state.GetValueOrDefault(path + ".bias")))];
    }

    public static void AssertSame(Tensor expected, Tensor actual, string what) => Assert.True(Near.Distance(expected, actual) == 0, what);
}
