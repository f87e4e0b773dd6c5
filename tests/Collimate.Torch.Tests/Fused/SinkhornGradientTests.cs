using Collimate.Torch.Fused;

namespace Collimate.Torch.Tests.Fused;

public class SinkhornGradientTests
{
    private static readonly SinkhornOptions Implicit = new() { Backward = SinkhornBackward.Implicit };

    /// <summary>Written operator by operator, with the gradient that libtorch records.</summary>
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

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5, false)]
    [InlineData(ScalarType.Float64, 1e-11, false)]
    [InlineData(ScalarType.Float32, 2e-5, true)]
    [InlineData(ScalarType.Float64, 1e-11, true)]
    public void Normalize_AnySizeAndTemperature_AgreesWithThePlainForm(ScalarType type, double tolerance, bool composed) => SinkhornCase.Hold(25, seed =>
    {
        var (logits, temperature, iterations) = SinkhornCase.From(seed);
        var options = new SinkhornOptions { Iterations = iterations };
        Assert.InRange(Agreement.Distance(t => [Sinkhorn.Normalize(t[0], temperature, options, composed)], t => [Plain(t[0], temperature, iterations)], type, logits), 0, tolerance);
    });

    [Theory]
    [InlineData(ScalarType.Float32, 2e-5)]
    [InlineData(ScalarType.Float64, 1e-10)]
    public void Normalize_ColdOrSteep_AgreesWithThePlainForm(ScalarType type, double tolerance) => SinkhornCase.Hold(25, seed =>
    {
        // Potentials leave every kernel behind, some for good, so the log domain, several kernels and waiting all have their turn.
        var (logits, temperature, iterations) = SinkhornCase.From(seed, coldest: 1e-3);
        var options = new SinkhornOptions { Iterations = 3 * iterations };
        // The gradient is a small difference of numbers that grow as the temperature falls.
        var allowed = tolerance * (1 + (0.05 / temperature));
        Assert.InRange(Agreement.Distance(t => [Sinkhorn.Normalize(t[0], temperature, options)], t => [Plain(t[0], temperature, 3 * iterations)], type, logits), 0, allowed);
    });

    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(6, 1.0)]
    [InlineData(6, 0.02)]
    public void Normalize_InDoublePrecision_HasTheGradientThatSlopesShow(int n, double temperature)
    {
        using var scope = new TensorScope();
        var logits = Agreement.Random(1, 2, n, n) * temperature;
        foreach (var composed in (bool[])[false, true])
        {
            var options = new SinkhornOptions { Iterations = 5 };
            Assert.InRange(temperature * Agreement.DistanceFromSlopes(t => [Sinkhorn.Normalize(t[0] * temperature, temperature, options, composed)], logits / temperature), 0, 1e-7);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Implicit_AtTheLimit_HasTheGradientThatSlopesShowAndThatOfTheIterations(bool composed)
    {
        using var scope = new TensorScope();
        var logits = Agreement.Random(2, 2, 4, 4);
        var options = Implicit with { Iterations = 100 };
        Assert.InRange(Agreement.DistanceFromSlopes(t => [Sinkhorn.Normalize(t[0], 1, options, composed)], logits), 0, 1e-7);
        Assert.InRange(Agreement.Distance(t => [Sinkhorn.Normalize(t[0], 1, options, composed)], t => [Plain(t[0], 1, 100)], ScalarType.Float64, logits), 0, 1e-10);
        Assert.InRange(Agreement.Distance(t => [Sinkhorn.Normalize(t[0], 0.7, options, composed)], t => [Plain(t[0], 0.7, 100)], ScalarType.Float32, Agreement.Random(3, 40, 40)), 0, 1e-5);
    }

    [Fact]
    public void Implicit_BeforeTheLimit_KeepsTheSumsThatItReached()
    {
        // Whatever the scores do, rows and columns of the gradient add up to nothing: no constant added to one of them changes the matrix.
        using var scope = new TensorScope();
        foreach (var composed in (bool[])[false, true])
        {
            var gradient = Tensor.From(SinkhornCase.Both(Agreement.Random(4, 50, 50), 0.3, Implicit with { Iterations = 3 }, composed).Gradient, [50, 50]);
            Assert.InRange(gradient.Sum(0).Abs().Max().Item(), 0, 1e-4);
            Assert.InRange(gradient.Sum(1).Abs().Max().Item(), 0, 1e-4);
            Assert.True(gradient.Abs().Max().Item() > 0.1);
        }
    }
}
