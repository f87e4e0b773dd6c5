using Collimate.Torch.Fused;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Torch.Tests.Fused;

public class TrainingTests
{
    private static Tensor[] FusedLoss(Tensor[] t, Tensor targets)
    {
        var (sum, _, losses, _) = FusedOperators.LinearCrossEntropy(t[0], t[1], targets);
        return [sum, losses];
    }

    private static Tensor[] PlainLoss(Tensor[] t, Tensor targets)
    {
        var counts = targets.Ge(0);
        var scores = t[0].Linear(t[1]).LogSoftmax(-1).Gather(1, targets.MaskedFill(counts.LogicalNot(), 0).Unsqueeze(1)).Squeeze(1);
        var losses = (-scores).MaskedFill(counts.LogicalNot(), 0);
        return [losses.Sum(), losses];
    }

    [Fact]
    public void LinearCrossEntropy_AnyShape_AgreesWithThePlainForm() =>
        Check.One(Properties.Hold.WithMaxTest(25), Prop.ForAll((int seed) =>
        {
            using var scope = new TensorScope();
            var random = new System.Random(seed);
            var (rows, width, classes) = (random.Next(1, 40), random.Next(1, 30), random.Next(1, 90));
            var targets = Tensor.From(Enumerable.Range(0, rows).Select(_ => random.Next(4) == 0 ? -100L : random.Next(classes)).ToArray(), [rows]);
            var (hidden, weight) = (Agreement.Random(1, rows, width), Agreement.Random(2, classes, width));
            return Agreement.Distance(t => FusedLoss(t, targets), t => PlainLoss(t, targets), ScalarType.Float32, hidden, weight) < 5e-5;
        }));

    [Fact]
    public void LinearCrossEntropy_MoreLogitsThanFitAtOnce_AgreesWithThePlainForm()
    {
        using var scope = new TensorScope();
        var targets = Tensor.Arange(0, 15000, 50);
        Assert.InRange(
            Agreement.Distance(t => FusedLoss(t, targets), t => PlainLoss(t, targets), ScalarType.Float32, Agreement.Random(1, 300, 4), Agreement.Random(2, 15000, 4)),
            0,
            5e-5);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 5e-5)]
    [InlineData(ScalarType.BFloat16, 2e-2)]
    public void LinearCrossEntropy_OfTheSumAlone_AgreesWithThePlainFormHoweverManyChunks(ScalarType type, double tolerance)
    {
        using var scope = new TensorScope();
        foreach (var (rows, classes) in ((int, int)[])[(1, 7), (40, 60), (300, 15000), (281, 30001)])
        {
            var targets = Tensor.From([.. Enumerable.Range(0, rows).Select(row => row % 5 == 0 ? -100L : row * 31L % classes)], [rows]);
            var distance = Agreement.Distance(
                t => [FusedLoss(t, targets)[0]], t => [PlainLoss(t, targets)[0]], type, Agreement.Random(1, rows, 6), Agreement.Random(2, classes, 6));
            Assert.InRange(distance, 0, tolerance);
        }
    }

    [Fact]
    public void LinearCrossEntropy_ASecondPassOverAKeptGraph_GivesTheSameGradients()
    {
        using var scope = new TensorScope();
        var (hidden, weight) = (Leaf(Agreement.Random(1, 9, 5)), Leaf(Agreement.Random(2, 11, 5)));
        var sum = FusedOperators.LinearCrossEntropy(hidden, weight, Tensor.Arange(0, 9)).Sum * 0.25;
        var first = Gradients.Of([sum], [hidden, weight], keepGraph: true);
        var second = Gradients.Of([sum], [hidden, weight]);
        foreach (var (a, b) in first.Zip(second))
        {
            Assert.Equal(0, (a! - b!).Abs().Max().Item(), 1e-6);
            Assert.True(a!.Abs().Max().Item() > 0.01);
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void LinearCrossEntropy_WhereOneSideIsFrozen_GivesTheOtherItsGradient(bool trainsHidden, bool trainsWeight)
    {
        using var scope = new TensorScope();
        var (hidden, weight, targets) = (Agreement.Random(1, 9, 5), Agreement.Random(2, 11, 5), Tensor.Arange(0, 9));
        (hidden.RequiresGrad, weight.RequiresGrad) = (trainsHidden, trainsWeight);
        FusedOperators.LinearCrossEntropy(hidden, weight, targets).Sum.Backward();
        var (found, frozen) = trainsHidden ? (hidden.Grad, weight.Grad) : (weight.Grad, hidden.Grad);
        Assert.Null(frozen);
        var all = (Hidden: Leaf(hidden.Detach().Clone()), Weight: Leaf(weight.Detach().Clone()));
        PlainLoss([all.Hidden, all.Weight], targets)[0].Backward();
        Assert.Equal(0, (found! - (trainsHidden ? all.Hidden : all.Weight).Grad!).Abs().Max().Item(), 1e-5);
    }

    [Fact]
    public void LinearCrossEntropy_CountsAndHits_AreThoseOfTheLabelledRows()
    {
        using var scope = new TensorScope();
        var (_, count, losses, hits) = FusedOperators.LinearCrossEntropy(Tensor.Eye(3), Tensor.Eye(3), Tensor.From([0L, 2L, -100L]));
        Assert.Equal(2, count.ItemInt64());
        Assert.Equal([true, false, false], hits.ToArray<bool>());
        Assert.Equal(Math.Log(Math.E + 2) - 1, losses.ToArray<float>()[0], 5);
        Assert.Equal(0f, losses.ToArray<float>()[2]);
    }

    [Fact]
    public void LinearCrossEntropy_TargetThatIsNoClass_IsRefused()
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<TorchException>(() => FusedOperators.LinearCrossEntropy(Tensor.Eye(3), Tensor.Eye(3), Tensor.From([0L, 3L, 1L])));
        Assert.Contains("3 classes", error.Message);
    }

    [Fact]
    public void LinearCrossEntropy_OfANumberThatIsNone_IsNone()
    {
        using var scope = new TensorScope();
        Assert.True(double.IsNaN(FusedOperators.LinearCrossEntropy(Tensor.Full([1, 2], double.NaN), Tensor.Ones([40, 2]), Tensor.From([1L])).Sum.Item()));
    }

    [Theory]
    [InlineData(ScalarType.Float32, 2e-6)]
    [InlineData(ScalarType.Float64, 1e-12)]
    public void AdamW_SeveralSteps_AgreesWithScalars(ScalarType type, double tolerance)
    {
        using var scope = new TensorScope();
        var (value, first, second) = (Agreement.Random(1, 37).To(type), Tensor.Zeros([37], type), Tensor.Zeros([37], type));
        var expected = value.To(ScalarType.Float64).ToArray<double>();
        var (m, v) = (new double[37], new double[37]);
        for (var step = 1; step <= 4; step++)
        {
            var gradient = Agreement.Random((ulong)(step + 10), 37).To(type);
            FusedOperators.AdamW([value], [gradient], [first], [second], 0.01, 0.9, 0.999, 1e-8, 0.1, step, Tensor.Scalar(0.5));
            var given = gradient.To(ScalarType.Float64).ToArray<double>();
            for (var i = 0; i < 37; i++)
            {
                var g = given[i] * 0.5;
                m[i] = (0.9 * m[i]) + (0.1 * g);
                v[i] = (0.999 * v[i]) + (0.001 * g * g);
                var move = m[i] / (1 - Math.Pow(0.9, step)) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
                expected[i] = (expected[i] * (1 - (0.01 * 0.1))) - (0.01 * move);
            }
        }

        Assert.Equal(0, expected.Zip(value.To(ScalarType.Float64).ToArray<double>()).Max(pair => Math.Abs(pair.First - pair.Second)), tolerance);
    }

    [Fact]
    public void AdamW_AfterItsStep_ARecordedUseOfTheOldValueIsRefused()
    {
        using var scope = new TensorScope();
        var value = Tensor.Ones([3]);
        value.RequiresGrad = true;
        var recorded = (value * value).Sum();
        FusedOperators.AdamW([value], [Tensor.Ones([3])], [Tensor.Zeros([3])], [Tensor.Zeros([3])], 0.1, 0.9, 0.999, 1e-8, 0, 1);
        Assert.Throws<TorchException>(() => recorded.Backward());
    }

    private static Tensor Leaf(Tensor values)
    {
        values.RequiresGrad = true;
        return values;
    }

    [Fact]
    public void GradientNorm_OfSeveralTensors_IsThatOfAllTheirNumbers()
    {
        using var scope = new TensorScope();
        Assert.Equal(13, FusedOperators.GradientNorm([Tensor.From([3f, 4f]), Tensor.Full([36], 2), Tensor.Scalar(0)]).Item(), 5);
        Assert.False(double.IsFinite(FusedOperators.GradientNorm([Tensor.Ones([2]), Tensor.From([float.PositiveInfinity])]).Item()));
    }
}
