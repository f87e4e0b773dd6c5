using Collimate.Torch.Fused;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Torch.Tests.Fused;

/// <summary>Scores of a size, a temperature and a few iterations that a seed chooses.</summary>
internal sealed record SinkhornCase(Tensor Logits, double Temperature, int Iterations)
{
    public static SinkhornCase From(int seed, double coldest = 0.1)
    {
        var random = new System.Random(seed);
        var n = random.Next(1, 90);
        var temperature = coldest * Math.Pow(10 / coldest, random.NextDouble());
        long[] shape = random.Next(3) switch { 0 => [n, n], 1 => [2, n, n], _ => [1, 3, n, n] };
        return new(Agreement.Random((ulong)seed, shape), temperature, random.Next(1, 12));
    }

    /// <summary>Checks a property for many seeds, each in a scope of its own.</summary>
    public static void Hold(int cases, Action<int> property) => Check.One(Properties.Hold.WithMaxTest(cases), Prop.ForAll((int seed) =>
    {
        using var scope = new TensorScope();
        property(seed);
    }));

    /// <summary>The matrix, and the gradient of a random weighing of it.</summary>
    public static (float[] Values, float[] Gradient) Both(Tensor logits, double temperature, SinkhornOptions options, bool composed = false)
    {
        var leaf = logits.Detach().Clone();
        leaf.RequiresGrad = true;
        var result = Sinkhorn.Normalize(leaf, temperature, options, composed);
        result.Backward(Agreement.Random(99, result.Shape));
        return (result.ToArray<float>(), leaf.Grad!.ToArray<float>());
    }
}
