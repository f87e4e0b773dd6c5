using Collimate.Torch.Optimization;
using Collimate.Torch.Serialization;

namespace Collimate.Torch.Tests.Optimization;

public sealed class AdamWTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    public void Step_OverManySteps_EqualsTheScalarReference(double decay)
    {
        const int Count = 37; // not a multiple of a vector's width
        var random = new Random(5);
        var start = Draw(random, Count);
        var parameter = Leaf(start);
        var reference = start.Select(value => new ScalarAdamW(value)).ToArray();
        var group = new ParameterGroup("all", [parameter]) { WeightDecay = decay };
        using var optimizer = new AdamW([group], (0.9, 0.95), 1e-8);
        for (var step = 0; step < 25; step++)
        {
            group.LearningRate = 1e-2 / (step + 1); // as a schedule does
            var gradient = Draw(random, Count);
            parameter.Grad = Tensor.From(gradient);
            optimizer.Step();
            for (var k = 0; k < Count; k++)
            {
                reference[k].Step(gradient[k], group.LearningRate, 0.9, 0.95, 1e-8, decay);
            }

            AssertNear(reference.Select(r => r.Value), parameter, 1e-6);
        }

        Assert.Equal(25, optimizer.StepCount);
    }

    [Fact]
    public void Step_OnDoublesAndStridedParameters_EqualsTheScalarReference()
    {
        var random = new Random(6);
        var (start, gradient) = (Draw(random, 12), Draw(random, 12));
        var doubles = Leaf(start).To(ScalarType.Float64).Detach();
        var strided = Tensor.From(start).Reshape([3, 4]).Transpose(0, 1).Detach();
        doubles.Grad = Tensor.From(gradient).To(ScalarType.Float64);
        strided.Grad = Tensor.From(gradient).Reshape([3, 4]).Transpose(0, 1);
        using var optimizer = new AdamW([new ParameterGroup("all", [doubles, strided]) { LearningRate = 0.01, WeightDecay = 0.2 }]);
        var reference = start.Select(value => new ScalarAdamW(value)).ToArray();
        for (var step = 0; step < 5; step++)
        {
            optimizer.Step();
            for (var k = 0; k < 12; k++)
            {
                reference[k].Step(gradient[k], 0.01, 0.9, 0.999, 1e-8, 0.2);
            }
        }

        AssertNear(reference.Select(r => r.Value), doubles, 1e-6);
        AssertNear(reference.Select(r => r.Value), strided.Transpose(0, 1), 1e-6);
    }

    [Fact]
    public void Step_OnHalves_KeepsMomentsThatDoNotVanish()
    {
        var parameter = Tensor.Ones([4], ScalarType.Float16);
        parameter.Grad = Tensor.Full([4], 1e-4, ScalarType.Float16); // its square is below half precision's smallest number
        using var optimizer = new AdamW([new ParameterGroup("all", [parameter]) { LearningRate = 0.01 }]);
        optimizer.Step();
        Assert.All(parameter.To(ScalarType.Float32).ToArray<float>(), value => Assert.Equal(0.99, value, 3));
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Step_OnHalvesWithUpdatesBelowTheirPrecision_LosesNone(ScalarType type)
    {
        var parameter = Tensor.Full([3], 16, type); // the next number of either type is more than 0.01 away
        using var optimizer = new AdamW([new ParameterGroup("all", [parameter]) { LearningRate = 1e-3 }]);
        for (var step = 0; step < 500; step++)
        {
            parameter.Grad = Tensor.Ones([3], type);
            optimizer.Step();
        }

        Assert.All(parameter.To(ScalarType.Float32).ToArray<float>(), value => Assert.Equal(15.5, value, 0.07));
        Assert.Equal(15.5, optimizer.StateDict(["a"])["value.a"].Max().Item(), 1e-3);
    }

    [Fact]
    public void Step_AfterHalvesWereGivenOtherValues_GoesOnFromThose()
    {
        var parameter = Tensor.Full([3], 16, ScalarType.BFloat16);
        using var optimizer = new AdamW([new ParameterGroup("all", [parameter]) { LearningRate = 1e-3 }]);
        parameter.Fill_(2);
        parameter.Grad = Tensor.Ones([3], ScalarType.BFloat16);
        optimizer.Step();
        Assert.Equal(1.999, optimizer.StateDict(["a"])["value.a"].Max().Item(), 1e-5);
    }

    [Fact]
    public void Step_WhereAParameterStartsLate_MovesItAsIfItWereItsFirst()
    {
        var (early, late) = (Leaf([1]), Leaf([1]));
        using var optimizer = new AdamW([new ParameterGroup("all", [early, late]) { LearningRate = 0.01 }]);
        for (var step = 0; step < 50; step++)
        {
            early.Grad = Tensor.Ones([1]);
            optimizer.Step();
        }

        Assert.Equal(1, late.Item());
        late.Grad = Tensor.Ones([1]);
        optimizer.Step();
        Assert.Equal(0.99, late.Item(), 5);
    }

    [Fact]
    public void LoadStateDict_OfASavedState_GoesOnIdentically()
    {
        var random = new Random(7);
        var gradients = Enumerable.Range(0, 6).Select(_ => Draw(random, 8)).ToArray();
        var (a, b) = (Leaf(Draw(random, 8)), Leaf([2]));
        using var first = Optimizer(a, b);
        for (var step = 0; step < 3; step++)
        {
            Move(first, a, b, gradients[step], withSecond: step == 1);
        }

        var folder = Directory.CreateTempSubdirectory();
        var path = Path.Combine(folder.FullName, "optimizer.safetensors");
        SafetensorsWriter.Write(path, first.StateDict(["a", "b"]));
        var (c, d) = (Leaf(a.ToArray<float>()), Leaf(b.ToArray<float>()));
        using var second = Optimizer(c, d);
        using (var reader = SafetensorsReader.Open(path))
        {
            second.LoadStateDict(reader.ReadAll(), ["a", "b"]);
        }

        folder.Delete(recursive: true);
        for (var step = 3; step < 6; step++)
        {
            Move(first, a, b, gradients[step], withSecond: true);
            Move(second, c, d, gradients[step], withSecond: true);
        }

        Assert.Equal(first.StepCount, second.StepCount);
        Assert.Equal(a.ToArray<float>(), c.ToArray<float>());
        Assert.Equal(b.ToArray<float>(), d.ToArray<float>());
    }

    [Fact]
    public void LoadStateDict_ThatDoesNotFit_NamesTheTensorAndChangesNothing()
    {
        var parameter = Leaf([1, 2]);
        parameter.Grad = Tensor.Ones([2]);
        using var optimizer = new AdamW([new ParameterGroup("all", [parameter]) { LearningRate = 0.1 }]);
        optimizer.Step();
        var before = optimizer.StateDict(["a"])["first.a"].ToArray<float>();
        var wrong = new Dictionary<string, Tensor>
        {
            ["step"] = Tensor.Scalar(9, ScalarType.Int64), ["steps"] = Tensor.From([9L]), ["first.a"] = Tensor.Zeros([2]), ["second.a"] = Tensor.Zeros([3]),
        };
        var failure = Assert.Throws<CheckpointException>(() => optimizer.LoadStateDict(wrong, ["a"]));
        Assert.Contains("second.a", failure.Message, StringComparison.Ordinal);
        Assert.Contains("[3]", failure.Message, StringComparison.Ordinal);
        Assert.Equal("second.a", failure.TensorName);
        Assert.Equal(1, optimizer.StepCount);
        Assert.Equal(before, optimizer.StateDict(["a"])["first.a"].ToArray<float>());
        Assert.Throws<ArgumentException>(() => optimizer.StateDict(["a", "b"]));
        Assert.Throws<ArgumentException>(() => optimizer.LoadStateDict(wrong, []));
    }

    [Fact]
    public void ZeroGradients_LetsGoOfThem()
    {
        var parameter = Leaf([1]);
        parameter.Grad = Tensor.Ones([1]);
        using var optimizer = new AdamW([new ParameterGroup("all", [parameter])]);
        optimizer.ZeroGradients();
        Assert.Null(parameter.Grad);
    }

    [Fact]
    public void Constructor_GivenAParameterTwice_RefusesIt()
    {
        var parameter = Leaf([1]);
        using var alias = parameter.Alias();
        Assert.Contains("twice", Assert.Throws<ArgumentException>(() => new AdamW([new ParameterGroup("a", [parameter]), new ParameterGroup("b", [parameter])])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new AdamW([new ParameterGroup("a", [parameter, alias])]));
    }

    [Theory]
    [InlineData(1, 0.9, 1e-8)]
    [InlineData(0.9, -0.1, 1e-8)]
    [InlineData(0.9, double.NaN, 1e-8)]
    [InlineData(0.9, 0.9, -1)]
    public void Constructor_WithRatesOutOfRange_IsRefused(double first, double second, double epsilon) =>
        Assert.Throws<ArgumentException>(() => new AdamW([], (first, second), epsilon));

    private static AdamW Optimizer(Tensor a, Tensor b) =>
        new([new ParameterGroup("a", [a]) { LearningRate = 0.05, WeightDecay = 0.1 }, new ParameterGroup("b", [b]) { LearningRate = 0.01 }]);

    private static void Move(AdamW optimizer, Tensor a, Tensor b, float[] gradient, bool withSecond)
    {
        a.Grad = Tensor.From(gradient);
        b.Grad = withSecond ? Tensor.From([gradient[0]]) : null;
        optimizer.Step();
    }

    private static Tensor Leaf(float[] values)
    {
        var leaf = Tensor.From(values);
        leaf.RequiresGrad = true;
        return leaf;
    }

    private static float[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];

    private static void AssertNear(IEnumerable<double> expected, Tensor actual, double tolerance)
    {
        foreach (var (wanted, found) in expected.Zip(actual.Detach().To(ScalarType.Float64).Contiguous().ToArray<double>()))
        {
            Assert.InRange(found, wanted - tolerance, wanted + tolerance);
        }
    }

    /// <summary>The method for one number, in double precision, line by line as the paper's algorithm 2.</summary>
    private sealed class ScalarAdamW(double value)
    {
        private double first;
        private double second;
        private int step;

        internal double Value { get; private set; } = value;

        internal void Step(double gradient, double rate, double beta1, double beta2, double epsilon, double decay)
        {
            step++;
            first = (beta1 * first) + ((1 - beta1) * gradient);
            second = (beta2 * second) + ((1 - beta2) * gradient * gradient);
            var correctedFirst = first / (1 - Math.Pow(beta1, step));
            var correctedSecond = second / (1 - Math.Pow(beta2, step));
            Value -= rate * ((correctedFirst / (Math.Sqrt(correctedSecond) + epsilon)) + (decay * Value));
        }
    }
}
