using Collimate.Torch.Fused;

namespace Collimate.Torch.Tests.Fused;

public class SinkhornTests
{
    private static readonly SinkhornOptions Implicit = new() { Backward = SinkhornBackward.Implicit };

    private static double DistanceFromOne(Tensor sums) => (sums - 1).Abs().Max().Item();

    [Fact]
    public void Normalize_AnyScores_IsDoublyStochastic() => SinkhornCase.Hold(25, seed =>
    {
        var (logits, temperature, _) = SinkhornCase.From(seed, coldest: 0.5);
        var result = Sinkhorn.Normalize(logits, temperature, new() { Iterations = 3000 });
        Assert.True(result.Min().Item() >= 0);
        Assert.InRange(DistanceFromOne(result.Sum(-2)), 0, 1e-5);
        Assert.InRange(DistanceFromOne(result.Sum(-1)), 0, 1e-5);
    });

    [Fact]
    public void Normalize_RowsAndColumnsPermuted_PermutesTheResult() => SinkhornCase.Hold(20, seed =>
    {
        var (logits, temperature, iterations) = SinkhornCase.From(seed);
        using var generator = new Generator((ulong)seed);
        var (rows, columns) = (Tensor.RandomPermutation(logits.Size(-1), generator), Tensor.RandomPermutation(logits.Size(-1), generator));
        Tensor Permuted(Tensor t) => t.IndexSelect(-2, rows).IndexSelect(-1, columns);
        var options = new SinkhornOptions { Iterations = iterations };
        var difference = Sinkhorn.Normalize(Permuted(logits), temperature, options) - Permuted(Sinkhorn.Normalize(logits, temperature, options));
        Assert.InRange(difference.Abs().Max().Item(), 0, 2e-6);
    });

    [Fact]
    public void Normalize_ConstantsAddedToRowsAndColumns_AreTakenAway() => SinkhornCase.Hold(20, seed =>
    {
        var (logits, temperature, iterations) = SinkhornCase.From(seed, coldest: 1);
        Tensor Constants(int dimension)
        {
            var shape = logits.Shape.ToArray();
            shape[^dimension] = 1;
            return Agreement.Random((ulong)(seed + dimension), shape) * 30;
        }

        // Rows are scaled first, so theirs are gone at once; those of columns once the iterations have come to rest.
        void Same(Tensor other, int count) =>
            Assert.InRange((Sinkhorn.Normalize(other, temperature, new() { Iterations = count }) - Sinkhorn.Normalize(logits, temperature, new() { Iterations = count })).Abs().Max().Item(), 0, 1e-4);
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
                var (values, gradient) = SinkhornCase.Both(logits, temperature, new() { Backward = backward }, composed);
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
    public void Normalize_OfABatch_IsBitForBitThatOfEachMatrix() => SinkhornCase.Hold(10, seed =>
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
                    var alone = SinkhornCase.Both(logits, temperature, options);
                    foreach (var count in (int[])[2, 3])
                    {
                        TorchRuntime.Threads = count;
                        var shared = SinkhornCase.Both(logits, temperature, options);
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
        var (values, gradient) = SinkhornCase.Both(Agreement.Random(11, 20, 20).MaskedFill(forbidden, double.NegativeInfinity), 0.7, new() { Iterations = 200 }, composed);
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
