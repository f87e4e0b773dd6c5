using Collimate.Torch.Optimization;
using Collimate.Torch.Serialization;

namespace Collimate.Torch.Tests.Optimization;

public sealed class AdamW8BitTests : IDisposable
{
    private const int Block = 256;
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(4096, 1)] // whole blocks
    [InlineData(5003, 1)] // the last one has a rest
    [InlineData(5000, 20)] // not contiguous: composed of plain operators
    public void Step_OverManySteps_EqualsTheScalarReference(int count, int columns)
    {
        var random = new Random(3);
        var start = Draw(random, count, 1);
        var parameter = Shaped(start, columns);
        var reference = new BlockwiseReference(start);
        var group = new ParameterGroup("all", [parameter]) { WeightDecay = 0.1 };
        using var optimizer = new AdamW8Bit([group], (0.9, 0.95));
        for (var step = 0; step < 12; step++)
        {
            group.LearningRate = 1e-2 / (step + 1);
            // Magnitudes from one to a ten-millionth, and zeros.
            var gradient = Draw(random, count, 1).Select((value, k) => k % 17 == 0 ? 0 : value * MathF.Pow(10, -(k % 8))).ToArray();
            parameter.Grad = Shaped(gradient, columns).Detach();
            optimizer.Step(0.5);
            reference.Step([.. gradient.Select(g => g * 0.5f)], group.LearningRate, 0.9, 0.95, 1e-8, 0.1);
        }

        var found = parameter.Detach().Contiguous().Reshape(-1).ToArray<float>();
        // Where rounding puts a moment on the other side of a border between two codes, a number moves on differently; that is rare.
        var off = found.Zip(reference.Values).Count(pair => Math.Abs(pair.First - pair.Second) > 1e-5);
        Assert.InRange(off, 0, count / 200);
        var codes = optimizer.StateDict(["a"])["first.a"].Contiguous().Reshape(-1).ToArray<byte>();
        Assert.InRange(codes.Zip(reference.FirstCodes).Count(pair => pair.First != pair.Second), 0, count / 200);
    }

    [Fact]
    public void Step_WhereTheGradientVanishesAfterALargeOne_TakesNoGiantStep()
    {
        var parameter = Leaf(new float[4096]);
        using var optimizer = new AdamW8Bit([new ParameterGroup("all", [parameter]) { LearningRate = 0.01 }]);
        // One number's gradient is so much larger that the others' squares are below the least code.
        parameter.Grad = Tensor.From([.. Enumerable.Range(0, 4096).Select(k => k % Block == 0 ? 1e4f : 1f)]);
        optimizer.Step();
        parameter.Grad = Tensor.Zeros([4096]);
        for (var step = 0; step < 20; step++)
        {
            optimizer.Step();
        }

        Assert.InRange(parameter.Abs().Max().Item(), 0.01, 0.5);
    }

    [Fact]
    public void Step_TwiceFromTheSameStart_GivesTheSameBits()
    {
        Assert.Equal(Trained(), Trained());

        static float[] Trained()
        {
            var random = new Random(9);
            var parameter = Leaf(Draw(random, 70_000, 1));
            using var optimizer = new AdamW8Bit([new ParameterGroup("all", [parameter]) { LearningRate = 0.01 }]);
            for (var step = 0; step < 3; step++)
            {
                parameter.Grad = Tensor.From(Draw(random, 70_000, 1));
                optimizer.Step();
            }

            return parameter.Detach().ToArray<float>();
        }
    }

    [Fact]
    public void StateDict_OfLargeParameters_TakesTwoBytesAndALittle()
    {
        var (large, small, embedding) = (Leaf(new float[100_000]), Leaf(new float[4095]), Leaf(new float[8192]));
        using var optimizer = new AdamW8Bit([new ParameterGroup("a", [large, small]), new ParameterGroup("b", [embedding]) { KeepsWideMoments = true }]);
        var state = optimizer.StateDict(["large", "small", "embedding"]);
        Assert.Equal(ScalarType.UInt8, state["first.large"].Type);
        Assert.Equal(ScalarType.Float32, state["first.small"].Type);
        Assert.Equal(ScalarType.Float32, state["second.embedding"].Type);
        var bytes = state.Where(entry => entry.Key.EndsWith(".large", StringComparison.Ordinal)).Sum(entry => entry.Value.ElementCount * (entry.Value.Type == ScalarType.UInt8 ? 1 : 4));
        Assert.InRange(bytes / 100_000.0, 2, 2.04);
    }

    [Fact]
    public void LoadStateDict_OfASavedState_GoesOnIdentically()
    {
        var random = new Random(7);
        var gradients = Enumerable.Range(0, 6).Select(_ => Draw(random, 5000, 1)).ToArray();
        var a = Leaf(Draw(random, 5000, 1));
        using var first = new AdamW8Bit([new ParameterGroup("a", [a]) { LearningRate = 0.05, WeightDecay = 0.1 }]);
        Move(first, a, gradients[..3]);
        var folder = Directory.CreateTempSubdirectory();
        var path = Path.Combine(folder.FullName, "optimizer.safetensors");
        SafetensorsWriter.Write(path, first.StateDict(["a"]));
        var b = Leaf(a.Detach().ToArray<float>());
        using var second = new AdamW8Bit([new ParameterGroup("a", [b]) { LearningRate = 0.05, WeightDecay = 0.1 }]);
        using (var reader = SafetensorsReader.Open(path))
        {
            second.LoadStateDict(reader.ReadAll(), ["a"]);
        }

        folder.Delete(recursive: true);
        Move(first, a, gradients[3..]);
        Move(second, b, gradients[3..]);
        Assert.Equal(a.Detach().ToArray<float>(), b.Detach().ToArray<float>());
    }

    [Fact]
    public void LoadStateDict_OfTheOtherKindOfMoments_IsRefused()
    {
        var parameter = Leaf(new float[5000]);
        using var narrow = new AdamW8Bit([new ParameterGroup("a", [parameter])]);
        using var wide = new AdamW([new ParameterGroup("a", [parameter])]);
        var message = Assert.Throws<CheckpointException>(() => wide.LoadStateDict(narrow.StateDict(["a"]), ["a"])).Message;
        Assert.Contains("Float32", message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => narrow.LoadStateDict(wide.StateDict(["a"]), ["a"]));
    }

    [Fact]
    public void Step_OnASmallTask_EndsWhereAdamWEnds()
    {
        var wide = LossAfterTraining(group => new AdamW([group]));
        var narrow = LossAfterTraining(group => new AdamW8Bit([group]));
        Assert.InRange(wide, 0, 0.5); // it does learn: the task starts at about 1
        Assert.InRange(narrow / wide, 0.95, 1.05);
    }

    // A network of one hidden layer learns a random one, with noise in its answers.
    private static double LossAfterTraining(Func<ParameterGroup, Optimizer> make)
    {
        using var generator = new Generator(11);
        var x = Tensor.RandomNormal([256, 64], generator);
        var y = (x.MatMul(Tensor.RandomNormal([64, 16], generator) / 8).Tanh() * 1.4) + (Tensor.RandomNormal([256, 16], generator) * 0.3);
        var (enter, leave) = (Tensor.RandomNormal([64, 128], generator) / 8, Tensor.RandomNormal([128, 48], generator) / 11);
        var group = new ParameterGroup("all", [enter.Detach(), leave.Detach()]) { LearningRate = 3e-3 };
        foreach (var parameter in group.Parameters)
        {
            parameter.RequiresGrad = true;
        }

        using var optimizer = make(group);
        var loss = 0.0;
        for (var step = 0; step < 60; step++)
        {
            using var inner = new TensorScope();
            var wrong = (x.MatMul(group.Parameters[0]).Tanh().MatMul(group.Parameters[1]).Narrow(1, 0, 16) - y).Square().Mean();
            wrong.Backward();
            optimizer.Step();
            optimizer.ZeroGradients();
            loss = wrong.Item();
        }

        return loss;
    }

    private static void Move(AdamW8Bit optimizer, Tensor parameter, float[][] gradients)
    {
        foreach (var gradient in gradients)
        {
            parameter.Grad = Tensor.From(gradient);
            optimizer.Step();
        }
    }

    private static Tensor Leaf(float[] values)
    {
        var leaf = Tensor.From(values);
        leaf.RequiresGrad = true;
        return leaf;
    }

    // The same numbers in the same order, laid out otherwise in memory where there are several columns.
    private static Tensor Shaped(float[] values, int columns)
    {
        var rows = Tensor.From(values).Reshape([values.Length / columns, columns]);
        return columns == 1 ? rows.Reshape([values.Length]) : rows.Transpose(0, 1).Contiguous().Transpose(0, 1).Detach();
    }

    private static float[] Draw(Random random, int count, double size) => [.. Enumerable.Range(0, count).Select(_ => (float)(((random.NextDouble() * 2) - 1) * size))];

    /// <summary>The method, number by number: the code of a number is found by looking at all of them.</summary>
    private sealed class BlockwiseReference(float[] start)
    {
        private readonly double[] firstScales = new double[(start.Length + Block - 1) / Block];
        private readonly double[] secondScales = new double[(start.Length + Block - 1) / Block];
        private readonly byte[] secondCodes = new byte[start.Length];
        private int step;

        internal double[] Values { get; } = [.. start.Select(value => (double)value)];

        internal byte[] FirstCodes { get; } = new byte[start.Length];

        internal void Step(float[] gradient, double rate, double beta1, double beta2, double epsilon, double decay)
        {
            step++;
            for (var block = 0; block < firstScales.Length; block++)
            {
                var places = Enumerable.Range(block * Block, Math.Min(Block, Values.Length - (block * Block))).ToArray();
                var first = places.Select(k => (beta1 * DynamicCodes.Signed[FirstCodes[k]] * firstScales[block]) + ((1 - beta1) * gradient[k])).ToArray();
                var second = places.Select(k => (beta2 * DynamicCodes.Unsigned[secondCodes[k]] * secondScales[block]) + ((1 - beta2) * gradient[k] * gradient[k])).ToArray();
                (firstScales[block], secondScales[block]) = (first.Max(Math.Abs), second.Max());
                foreach (var (place, m, v) in places.Select((k, at) => (k, first[at], second[at])))
                {
                    var root = Math.Sqrt(v / (1 - Math.Pow(beta2, step))) + epsilon;
                    Values[place] = (Values[place] * (1 - (rate * decay))) - (rate * m / (1 - Math.Pow(beta1, step)) / root);
                    FirstCodes[place] = Nearest(DynamicCodes.Signed, firstScales[block] > 0 ? m / firstScales[block] : 0);
                    var code = Nearest(DynamicCodes.Unsigned, secondScales[block] > 0 ? v / secondScales[block] : 0);
                    secondCodes[place] = v > 0 ? Math.Max(code, (byte)1) : code;
                }
            }
        }

        private static byte Nearest(float[] table, double value) => (byte)Enumerable.Range(0, 256).MinBy(code => Math.Abs(table[code] - value));
    }
}
