using Collimate.Torch.Optimization;
using Collimate.Torch.Serialization;

namespace Collimate.Torch.Tests.Optimization;

public sealed class AdamWTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    private static Tensor Parameter(Tensor values)
    {
        var parameter = values.Detach();
        parameter.RequiresGrad = true;
        return parameter;
    }

    // The formula of the paper's second algorithm, one number at a time, in double precision.
    private sealed class ScalarAdamW(double value, double beta1, double beta2, double epsilon)
    {
        private double first;
        private double second;
        private int steps;

        internal double Value { get; private set; } = value;

        internal void Step(double gradient, double rate, double decay)
        {
            steps++;
            first = (beta1 * first) + ((1 - beta1) * gradient);
            second = (beta2 * second) + ((1 - beta2) * gradient * gradient);
            var (corrected, square) = (first / (1 - Math.Pow(beta1, steps)), second / (1 - Math.Pow(beta2, steps)));
            Value -= (rate * decay * Value) + (rate * corrected / (Math.Sqrt(square) + epsilon));
        }
    }

    [Theory]
    [InlineData(1, 0.1)]
    [InlineData(7, 0)]
    [InlineData(33, 0.5)]      // not a multiple of any vector's length
    [InlineData(1000, 0.01)]
    public void Step_OverManySteps_FollowsTheScalarReference(int count, double decay)
    {
        var generator = new Generator(11);
        var parameter = Parameter(Tensor.RandomNormal([count], generator));
        var references = parameter.Detach().ToArray<float>().Select(v => new ScalarAdamW(v, 0.9, 0.98, 1e-8)).ToArray();
        using var optimizer = new AdamW([new ParameterGroup("all", [parameter]) { WeightDecay = decay }], (0.9, 0.98));
        for (var step = 0; step < 30; step++)
        {
            optimizer.Groups[0].LearningRate = 1e-2 / (step + 1);
            parameter.Grad = Tensor.RandomNormal([count], generator);
            var gradient = parameter.Grad!.ToArray<float>();
            optimizer.Step();
            for (var k = 0; k < count; k++)
            {
                references[k].Step(gradient[k], optimizer.Groups[0].LearningRate, decay);
            }
        }

        var values = parameter.Detach().ToArray<float>();
        for (var k = 0; k < count; k++)
        {
            Assert.Equal(references[k].Value, values[k], 1e-6 * Math.Max(1, Math.Abs(references[k].Value)));
        }

        Assert.Equal(30, optimizer.StepCount);
    }

    [Fact]
    public void Step_ThreeTimesByHand_GivesTheKnownValues()
    {
        // p = 1, g = 1 each time, rate 0.1, decay 0.1: the corrected moments are 1, so p ← 0.99·p − 0.1.
        var parameter = Parameter(Tensor.Ones([1]));
        using var optimizer = new AdamW([new ParameterGroup("p", [parameter]) { LearningRate = 0.1, WeightDecay = 0.1 }]);
        foreach (var expected in (double[])[0.89, 0.7811, 0.673289])
        {
            parameter.Grad = Tensor.Ones([1]);
            optimizer.Step();
            Assert.Equal(expected, parameter.Detach().Item(), 1e-6);
        }
    }

    [Fact]
    public void Step_TurningGradients_GivesTheKnownValues()
    {
        // g = 1, −1: m̂₂ = (0.9·0.1 − 0.1)/0.19 = −1/19, v̂₂ = 1.
        var parameter = Parameter(Tensor.Zeros([1]));
        using var optimizer = new AdamW([new ParameterGroup("p", [parameter]) { LearningRate = 0.1 }]);
        parameter.Grad = Tensor.Ones([1]);
        optimizer.Step();
        Assert.Equal(-0.1, parameter.Detach().Item(), 1e-6);
        parameter.Grad = Tensor.Full([1], -1);
        optimizer.Step();
        Assert.Equal(-0.1 + (0.1 / 19), parameter.Detach().Item(), 1e-6);
    }

    [Fact]
    public void Step_FusedOverPackedValues_AgreesWithOperatorsOverStridedOnes()
    {
        // Only packed values go through the one-pass kernel; every second column of a matrix goes operator by operator.
        var packed = Parameter(Tensor.RandomNormal([85], new Generator(4)));
        var strided = Parameter(Tensor.Stack([packed.Detach(), packed.Detach()], 1).Select(1, 0));
        Assert.False(strided.IsContiguous);
        static AdamW Make(Tensor parameter) => new([new ParameterGroup("all", [parameter]) { LearningRate = 1e-2, WeightDecay = 0.1 }]);
        using var fused = Make(packed);
        using var composed = Make(strided);
        for (var step = 0; step < 20; step++)
        {
            packed.Grad = Tensor.RandomNormal([85], new Generator((ulong)step));
            strided.Grad = packed.Grad!.Clone();
            fused.Step();
            composed.Step();
        }

        Assert.Equal(0, (packed.Detach() - strided.Detach()).Abs().Max().Item(), 1e-6);
        Assert.Equal(0, (fused.StateDict(["p"])["second.p"] - composed.StateDict(["p"])["second.p"]).Abs().Max().Item(), 1e-6);
    }

    [Fact]
    public void Step_OfParametersOfOtherLayoutsAndTypes_FollowsTheReference()
    {
        var transposed = Parameter(Tensor.RandomNormal([3, 4], new Generator(1)).Transpose(0, 1));
        var wide = Parameter(Tensor.RandomNormal([5], new Generator(2), ScalarType.Float64));
        var half = Parameter(Tensor.Ones([2], ScalarType.BFloat16));
        var before = transposed.Detach().ToArray<float>();
        var beforeWide = wide.Detach().ToArray<double>();
        using var optimizer = new AdamW([new ParameterGroup("all", [transposed, wide, half]) { LearningRate = 0.25 }]);
        foreach (var parameter in optimizer.Groups[0].Parameters)
        {
            parameter.Grad = Tensor.Full(parameter.Shape, 3, parameter.Type);
        }

        optimizer.Step(); // the first step's size is the rate, whatever the gradient
        Assert.All(transposed.Detach().ToArray<float>().Zip(before), pair => Assert.Equal(pair.Second - 0.25f, pair.First, 1e-5));
        Assert.All(wide.Detach().ToArray<double>().Zip(beforeWide), pair => Assert.Equal(pair.Second - 0.25, pair.First, 1e-7));
        Assert.All(half.Detach().To(ScalarType.Float32).ToArray<float>(), value => Assert.Equal(0.75f, value, 1e-2));
    }

    [Fact]
    public void Step_LeavesParametersWithoutGradientsAlone()
    {
        var (moved, still) = (Parameter(Tensor.Ones([2])), Parameter(Tensor.Ones([2])));
        using var optimizer = new AdamW([new ParameterGroup("all", [still, moved]) { LearningRate = 0.1, WeightDecay = 0.5 }]);
        moved.Grad = Tensor.Ones([2]);
        optimizer.Step();
        Assert.Equal([1f, 1f], still.Detach().ToArray<float>());
        Assert.NotEqual([1f, 1f], moved.Detach().ToArray<float>());
        optimizer.ZeroGradients();
        Assert.Null(moved.Grad);
    }

    [Fact]
    public void Step_InvalidatesAGraphThatNeedsTheOldValues()
    {
        var parameter = Parameter(Tensor.Ones([2]));
        using var optimizer = new AdamW([new ParameterGroup("all", [parameter]) { LearningRate = 0.1 }]);
        var loss = (parameter * parameter).Sum();
        parameter.Grad = Tensor.Ones([2]);
        optimizer.Step();
        Assert.Throws<TorchException>(() => loss.Backward());
    }

    [Fact]
    public void State_SavedAndLoaded_GoesOnBitByBit()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Tensor[] Make() => [Parameter(Tensor.RandomNormal([4, 3], new Generator(1))), Parameter(Tensor.RandomNormal([3], new Generator(2)))];
            static ParameterGroup[] Groups(Tensor[] p) => [new("a", [p[0]]) { LearningRate = 0.1, WeightDecay = 0.1 }, new("b", [p[1]]) { LearningRate = 0.01 }];
            static void Train(AdamW optimizer, Tensor[] parameters, int from, int to)
            {
                for (var step = from; step < to; step++)
                {
                    for (var k = 0; k < parameters.Length; k++)
                    {
                        parameters[k].Grad = Tensor.RandomNormal(parameters[k].Shape, new Generator((ulong)((10 * step) + k)));
                    }

                    optimizer.Step();
                }
            }

            string[] names = ["layer.weight", "layer.bias"];
            var through = Make();
            using var uninterrupted = new AdamW(Groups(through));
            Train(uninterrupted, through, 0, 10);

            var resumed = Make();
            using (var before = new AdamW(Groups(resumed)))
            {
                Train(before, resumed, 0, 6);
                SafetensorsWriter.Write(path, before.StateDict(names));
            }

            using var after = new AdamW(Groups(resumed));
            using (var reader = SafetensorsReader.Open(path))
            {
                after.LoadStateDict(reader.ReadAll(), names);
            }

            Assert.Equal(6, after.StepCount);
            Train(after, resumed, 6, 10);
            Assert.Equal(through[0].Detach().ToArray<float>(), resumed[0].Detach().ToArray<float>());
            Assert.Equal(through[1].Detach().ToArray<float>(), resumed[1].Detach().ToArray<float>());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void LoadStateDict_OfAnotherModel_SaysWhatDiffersAndChangesNothing()
    {
        using var small = new AdamW([new ParameterGroup("a", [Parameter(Tensor.Ones([2]))])]);
        using var large = new AdamW([new ParameterGroup("a", [Parameter(Tensor.Ones([3]))])]);
        using var two = new AdamW([new ParameterGroup("a", [Parameter(Tensor.Ones([2])), Parameter(Tensor.Ones([2]))])]);
        var shape = Assert.Throws<CheckpointException>(() => small.LoadStateDict(large.StateDict(["w"]), ["w"]));
        Assert.Contains("'first.w' is Float32[3], expected [2]", shape.Message, StringComparison.Ordinal);
        Assert.Contains("no 'first.w'", Assert.Throws<CheckpointException>(() => small.LoadStateDict(small.StateDict(["v"]), ["w"])).Message, StringComparison.Ordinal);
        Assert.Contains("of 2 parameters", Assert.Throws<CheckpointException>(() => small.LoadStateDict(two.StateDict(["w", "v"]), ["w"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => two.StateDict(["w", "w"]));
        Assert.Equal(0, small.StepCount);
    }

    [Fact]
    public void Constructor_GivenOneParameterTwice_RefusesIt()
    {
        var parameter = Parameter(Tensor.Ones([2]));
        Assert.Throws<ArgumentException>(() => new AdamW([new ParameterGroup("a", [parameter]), new ParameterGroup("b", [parameter])]));
        Assert.Throws<ArgumentException>(() => new AdamW([], (1, 0.9)));
    }
}
