using Collimate.Torch.Fused;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Torch.Tests.Fused;

public class SinkhornTests
{
    /// <summary>With the kernel, and from libtorch's operators as on other devices.</summary>
    public static TheoryData<bool> BothWays => [false, true];

    private static Tensor Normalized(Tensor logits, double temperature, SinkhornOptions options, bool composed) => Sinkhorn.Normalize(logits, temperature, options, composed);

    /// <summary>The same written operator by operator, with the gradient that libtorch records.</summary>
    private static Tensor Plain(Tensor logits, double temperature, int iterations)
    {
        var matrix = logits / temperature;
        for (var k = 0; k < iterations; k++)
        {
            matrix -= matrix.LogSumExp(-1, keepDimension: true);
            matrix -= matrix.LogSumExp(-2, keepDimension: true);
        }

        return matrix.Exp();
    }

    private static double Worst(Tensor sums) => (sums - 1).Abs().Max().Item();

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5, false)]
    [InlineData(ScalarType.Float64, 1e-11, false)]
    [InlineData(ScalarType.Float32, 2e-5, true)]
    [InlineData(ScalarType.Float64, 1e-11, true)]
    public void Normalize_AnySizeAndTemperature_AgreesWithThePlainForm(ScalarType type, double tolerance, bool composed) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(25), Prop.ForAll((int seed) =>
        {
            using var scope = new TensorScope();
            var random = new System.Random(seed);
            var (n, iterations, temperature) = (random.Next(1, 90), random.Next(1, 12), Math.Pow(10, (random.NextDouble() * 2) - 1));
            long[] shape = random.Next(3) switch { 0 => [n, n], 1 => [2, n, n], _ => [1, 3, n, n] };
            return Agreement.Distance(
                t => [Normalized(t[0], temperature, new() { Iterations = iterations }, composed)],
                t => [Plain(t[0], temperature, iterations)],
                type,
                Agreement.Random((ulong)seed, shape)) < tolerance;
        }));
}
