using Collimate.Torch.Fused;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Torch.Tests.Fused;

public class SinkhornTests
{
    private static readonly SinkhornOptions Implicit = new() { Backward = SinkhornBackward.Implicit };

    /// <summary>Scores of a size, a temperature and a few iterations that a seed chooses.</summary>
    private sealed record Case(Tensor Logits, double Temperature, int Iterations)
    {
        public static Case From(int seed, double coldest = 0.1)
        {
            var random = new System.Random(seed);
            var n = random.Next(1, 90);
            var temperature = coldest * Math.Pow(10 / coldest, random.NextDouble());
            long[] shape = random.Next(3) switch { 0 => [n, n], 1 => [2, n, n], _ => [1, 3, n, n] };
            return new(Agreement.Random((ulong)seed, shape), temperature, random.Next(1, 12));
        }
    }

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

    private static double DistanceFromOne(Tensor sums) => (sums - 1).Abs().Max().Item();

    private static void Hold(int cases, Action<int> property) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(cases), Prop.ForAll((int seed) =>
    {
        using var scope = new TensorScope();
        property(seed);
    }));

    private static (float[] Values, float[] Gradient) Both(Tensor logits, double temperature, SinkhornOptions options, bool composed = false)
    {
        var leaf = logits.Detach().Clone();
        leaf.RequiresGrad = true;
        var result = Sinkhorn.Normalize(leaf, temperature, options, composed);
        result.Backward(Agreement.Random(99, result.Shape));
        return (result.ToArray<float>(), leaf.Grad!.ToArray<float>());
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5, false)]
    [InlineData(ScalarType.Float64, 1e-11, false)]
    [InlineData(ScalarType.Float32, 2e-5, true)]
    [InlineData(ScalarType.Float64, 1e-11, true)]
    public void Normalize_AnySizeAndTemperature_AgreesWithThePlainForm(ScalarType type, double tolerance, bool composed) => Hold(25, seed =>
    {
        var (logits, temperature, iterations) = Case.From(seed);
        var options = new SinkhornOptions { Iterations = iterations };
        Assert.InRange(Agreement.Distance(t => [Sinkhorn.Normalize(t[0], temperature, options, composed)], t => [Plain(t[0], temperature, iterations)], type, logits), 0, tolerance);
    });

    [Theory]
    [InlineData(ScalarType.Float32, 2e-5)]
    [InlineData(ScalarType.Float64, 1e-10)]
    public void Normalize_ColdOrSteep_AgreesWithThePlainForm(ScalarType type, double tolerance) => Hold(25, seed =>
    {
        // Potentials leave every kernel behind, some for good, so the log domain, several kernels and waiting all have their turn.
        var (logits, temperature, iterations) = Case.From(seed, coldest: 1e-3);
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
            var gradient = Tensor.From(Both(Agreement.Random(4, 50, 50), 0.3, Implicit with { Iterations = 3 }, composed).Gradient, [50, 50]);
            Assert.InRange(gradient.Sum(0).Abs().Max().Item(), 0, 1e-4);
            Assert.InRange(gradient.Sum(1).Abs().Max().Item(), 0, 1e-4);
            Assert.True(gradient.Abs().Max().Item() > 0.1);
        }
    }

    [Fact]
    public void Normalize_AnyScores_IsDoublyStochastic() => Hold(25, seed =>
    {
        var (logits, temperature, _) = Case.From(seed, coldest: 0.5);
        var result = Sinkhorn.Normalize(logits, temperature, new() { Iterations = 500 });
        Assert.True(result.Min().Item() >= 0);
        Assert.InRange(DistanceFromOne(result.Sum(-2)), 0, 1e-5);
        Assert.InRange(DistanceFromOne(result.Sum(-1)), 0, 1e-5);
    });

    [Fact]
    public void Normalize_RowsAndColumnsPermuted_PermutesTheResult() => Hold(20, seed =>
    {
        var (logits, temperature, iterations) = Case.From(seed);
        using var generator = new Generator((ulong)seed);
        var (rows, columns) = (Tensor.RandomPermutation(logits.Size(-1), generator), Tensor.RandomPermutation(logits.Size(-1), generator));
        Tensor Permuted(Tensor t) => t.IndexSelect(-2, rows).IndexSelect(-1, columns);
        var options = new SinkhornOptions { Iterations = iterations };
        var difference = Sinkhorn.Normalize(Permuted(logits), temperature, options) - Permuted(Sinkhorn.Normalize(logits, temperature, options));
        Assert.InRange(difference.Abs().Max().Item(), 0, 2e-6);
    });

    [Fact]
    public void Normalize_ConstantsAddedToRowsAndColumns_AreTakenAway() => Hold(20, seed =>
    {
        var (logits, temperature, iterations) = Case.From(seed, coldest: 1);
        Tensor Constants(int dimension)
        {
            var shape = logits.Shape.ToArray();
            shape[^dimension] = 1;
            return Agreement.Random((ulong)(seed + dimension), shape) * 30;
        }

        // Rows are scaled first, so theirs are gone at once; those of columns once the iterations have come to rest.
        void Same(Tensor other, int count) =>
            Assert.InRange((Sinkhorn.Normalize(other, temperature, new() { Iterations = count }) - Sinkhorn.Normalize(logits, temperature, new() { Iterations = count })).Abs().Max().Item(), 0, 2e-5);
        Same(logits + Constants(1), iterations);
        Same(logits + Constants(1) + Constants(2), 500);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Normalize_HugeScoresAndLowTemperature_StaysFinite(bool composed)
    {
        using var scope = new TensorScope();
        foreach (var temperature in (double[])[1, 0.1, 1e-3])
        {
            foreach (var backward in (SinkhornBackward[])[SinkhornBackward.Unrolled, SinkhornBackward.Implicit])
            {
                using var generator = new Generator(5);
                var logits = (Tensor.RandomUniform([60, 60], generator) * 2e4) - 1e4;
                var (values, gradient) = Both(logits, temperature, new() { Backward = backward }, composed);
                Assert.All(values, value => Assert.InRange(value, 0, 1.0001f));
                Assert.All(gradient, value => Assert.True(float.IsFinite(value)));
                Assert.InRange(DistanceFromOne(Tensor.From(values, [60, 60]).Sum(0)), 0, 1e-5);
            }
        }
    }

    [Fact]
    public void Normalize_ScoresThatDecideEverything_AreThePermutation()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(6);
        var order = Tensor.RandomPermutation(70, generator);
        var hidden = Tensor.Eye(70).IndexSelect(0, order);
        var result = Sinkhorn.Normalize((hidden * 1e4) + Tensor.RandomNormal([70, 70], generator), 1e-3);
        Assert.Equal(0, (result - hidden).Abs().Max().Item());
    }

    [Fact]
    public void Normalize_OfABatch_IsBitForBitThatOfEachMatrix() => Hold(10, seed =>
    {
        var matrices = Enumerable.Range(0, 3).Select(k => Agreement.Random((ulong)(seed + k), 45, 45) * (k * k * 20)).ToArray();
        foreach (var options in (SinkhornOptions[])[new(), new() { Tolerance = 1e-3, CheckEvery = 2 }, Implicit])
        {
            var logits = Tensor.Stack(matrices);
            var all = Sinkhorn.Normalize(logits, 0.5, options).ToArray<float>();
            Assert.Equal(all, matrices.SelectMany(m => Sinkhorn.Normalize(m, 0.5, options).ToArray<float>()));
        }
    });

    [Fact]
    public void Normalize_OnAnyNumberOfThreads_HasTheSameBits()
    {
        using var scope = new TensorScope();
        var threads = TorchRuntime.Threads;
        try
        {
            foreach (var (logits, temperature) in ((Tensor, double)[])[(Agreement.Random(7, 520, 520), 0.2), (Agreement.Random(8, 5, 150, 150), 0.01)])
            {
                foreach (var options in (SinkhornOptions[])[new() { Iterations = 8 }, Implicit with { Iterations = 8 }])
                {
                    TorchRuntime.Threads = 1;
                    var alone = Both(logits, temperature, options);
                    foreach (var count in (int[])[2, 3])
                    {
                        TorchRuntime.Threads = count;
                        var shared = Both(logits, temperature, options);
                        Assert.Equal(alone.Values, shared.Values);
                        Assert.Equal(alone.Gradient, shared.Gradient);
                    }
                }
            }
        }
        finally
        {
            TorchRuntime.Threads = threads;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Normalize_WithATolerance_EndsWhereItIsMet(bool composed)
    {
        using var scope = new TensorScope();
        var logits = Agreement.Random(9, 30, 30);
        var early = Sinkhorn.Normalize(logits, 0.3, new() { Tolerance = 1e-3, CheckEvery = 4 }, composed).ToArray<float>();
        float[] After(int iterations) => Sinkhorn.Normalize(logits, 0.3, new() { Iterations = iterations }, composed).ToArray<float>();
        var ended = Enumerable.Range(1, 50).Where(k => After(k).SequenceEqual(early)).ToArray();
        Assert.True(ended is [< 50] && ended[0] % 4 == 0, $"as after {string.Join(", ", ended)} iterations");
        // The row sums before the last scaling of rows say how far it moved their potentials.
        double Moved(int iterations) => Tensor.From(After(iterations - 1), [30, 30]).Sum(1).Log().Abs().Max().Item();
        Assert.True(Moved(ended[0]) < 1.01e-3);
        Assert.True(ended[0] == 4 || Moved(ended[0] - 4) > 0.99e-3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Normalize_ForbiddenPairs_AreNeverChosenAndGetNoGradient(bool composed)
    {
        using var scope = new TensorScope();
        var forbidden = Agreement.Random(10, 20, 20).Gt(0.5).LogicalAnd(Tensor.Eye(20).Eq(0));
        var (values, gradient) = Both(Agreement.Random(11, 20, 20).MaskedFill(forbidden, double.NegativeInfinity), 0.7, new() { Iterations = 200 }, composed);
        var hidden = forbidden.ToArray<bool>();
        Assert.All(Enumerable.Range(0, 400).Where(k => hidden[k]), k => Assert.Equal((0, 0), (values[k], gradient[k])));
        Assert.All(gradient, value => Assert.True(float.IsFinite(value)));
        Assert.InRange(DistanceFromOne(Tensor.From(values, [20, 20]).Sum(1)), 0, 1e-4);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Normalize_NotANumber_SpoilsItsOwnMatrixAlone(float bad)
    {
        using var scope = new TensorScope();
        var logits = new float[2 * 9 * 9];
        logits[40] = bad;
        var result = Sinkhorn.Normalize(Tensor.From(logits, [2, 9, 9])).ToArray<float>();
        Assert.All(result[..81], value => Assert.True(float.IsNaN(value)));
        Assert.All(result[81..], value => Assert.Equal(1 / 9f, value, 1e-6f));
    }

    [Fact]
    public void Normalize_HalfPrecisionViewsAndEmptyBatches_AreTaken()
    {
        using var scope = new TensorScope();
        var logits = Agreement.Random(12, 8, 8);
        var narrow = logits.To(ScalarType.BFloat16);
        narrow.RequiresGrad = true;
        var wide = Sinkhorn.Normalize(narrow);
        Assert.Equal(ScalarType.Float32, wide.Type);
        Assert.Equal(Sinkhorn.Normalize(narrow.Detach().To(ScalarType.Float32)).ToArray<float>(), wide.ToArray<float>());
        wide.Backward(logits);
        Assert.Equal(ScalarType.BFloat16, narrow.Grad!.Type);
        Assert.Equal(Sinkhorn.Normalize(logits.Transpose(0, 1).Contiguous()).ToArray<float>(), Sinkhorn.Normalize(logits.Transpose(0, 1)).ToArray<float>());
        Assert.Equal([0, 3, 3], Sinkhorn.Normalize(Tensor.Zeros([0, 3, 3])).Shape);
        Assert.Equal([1f], Sinkhorn.Normalize(Tensor.From([5f], [1, 1])).ToArray<float>());
    }

    [Fact]
    public void Paper_AnyScores_IsTheirCodesArithmetic()
    {
        using var scope = new TensorScope();
        const int N = 5;
        const double Temperature = 0.1;
        var logits = Agreement.Random(13, N, N) * 2;
        var expected = logits.ToArray<float>().Select(x => Math.Exp(Math.Clamp(x / Temperature, -15, 15))).ToArray();
        for (var (iteration, moved) = (0, 1.0); iteration < 50 && moved >= 1e-6; iteration++)
        {
            var before = expected.ToArray();
            for (var row = 0; row < N; row++)
            {
                var sum = Enumerable.Range(0, N).Sum(column => expected[(row * N) + column]) + 1e-8;
                Enumerable.Range(0, N).ToList().ForEach(column => expected[(row * N) + column] /= sum);
            }

            for (var column = 0; column < N; column++)
            {
                var sum = Enumerable.Range(0, N).Sum(row => expected[(row * N) + column]) + 1e-8;
                Enumerable.Range(0, N).ToList().ForEach(row => expected[(row * N) + column] /= sum);
            }

            moved = expected.Zip(before).Max(pair => Math.Abs(pair.First - pair.Second));
        }

        var found = Sinkhorn.Normalize(logits, Temperature, SinkhornOptions.Paper).ToArray<float>();
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.InRange(Agreement.DistanceFromSlopes(t => [Sinkhorn.Normalize(t[0], 2, SinkhornOptions.Paper with { Iterations = 4, Tolerance = 0 })], logits), 0, 1e-7);
    }

    [Fact]
    public void Normalize_WrongArguments_AreRefused()
    {
        using var scope = new TensorScope();
        var scores = Tensor.Zeros([3, 3]);
        Assert.Contains("[..., n, n]", Assert.Throws<ArgumentException>(() => Sinkhorn.Normalize(Tensor.Zeros([3, 4]))).Message);
        Assert.Throws<ArgumentException>(() => Sinkhorn.Normalize(Tensor.Zeros([3])));
        Assert.Throws<ArgumentException>(() => Sinkhorn.Normalize(Tensor.Zeros([3, 3], ScalarType.Int64)));
        Assert.All((double[])[0, -1, double.NaN, double.PositiveInfinity], t => Assert.Contains("temperature", Assert.Throws<ArgumentException>(() => Sinkhorn.Normalize(scores, t)).Message));
        Assert.All(
            (SinkhornOptions[])[new() { Iterations = 0 }, new() { Tolerance = -1 }, new() { CheckEvery = 0 }, SinkhornOptions.Paper with { Backward = SinkhornBackward.Implicit }],
            options => Assert.Contains("SinkhornOptions", Assert.Throws<ArgumentException>(() => Sinkhorn.Normalize(scores, 1, options)).Message));
    }
}
