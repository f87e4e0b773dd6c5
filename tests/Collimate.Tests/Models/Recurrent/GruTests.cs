using Collimate.Models.Recurrent;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Models.Recurrent;

public sealed class GruTests
{
    [Fact]
    public void Forward_AnyShapeAndLengths_EqualsTheEquations() => Prop.ForAll<int>(seed =>
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var random = new Random(seed);
        using var gru = Create(random);
        var (batch, tokens) = (random.Next(1, 5), random.Next(1, 7));
        var x = Sequences(random, batch, tokens, gru);
        int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(1, tokens + 1))];

        var states = gru.Forward(x, lengths);
        var plain = new PlainGru(gru);
        for (var row = 0; row < batch; row++)
        {
            var (outputs, final) = plain.Read([.. x.Select(0, row).Unbind().Take(lengths[row]).Select(Near.Floats)]);
            var own = Near.Floats(states.Outputs.Select(0, row));
            Assert.True(Near.Distance([.. outputs.SelectMany(o => o), .. new float[own.Length - outputs.Sum(o => o.Length)]], own) < 1e-5, "outputs");
            Assert.True(Near.Distance([.. final.SelectMany(f => f)], Near.Floats(states.Final.Select(1, row))) < 1e-5, "final states");
        }
    }).Check(Properties.Hold);

    [Fact]
    public void Forward_PaddedBatch_EqualsLibtorchOnEachRowAlone()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var random = new Random(3);
        using var generator = new Generator(3);
        using var gru = new Gru(new GruOptions { InputSize = 4, HiddenSize = 5, LayerCount = 2, IsBidirectional = true }, generator);
        var x = Sequences(random, 4, 6, gru);
        int[] lengths = [2, 6, 1, 4];
        var states = gru.Forward(x, lengths);

        var direct = Operator.Find("aten::gru", "input");
        Tensor[] weights = [.. gru.Parameters()];
        for (var row = 0; row < lengths.Length; row++)
        {
            var alone = direct.CallMany(x.Narrow(0, row, 1).Narrow(1, 0, lengths[row]), Tensor.Zeros([4, 1, 5]), weights, true, 2L, 0.0, false, true, true);
            Near.Assert(alone[0].Select(0, 0), states.Outputs.Select(0, row).Narrow(0, 0, lengths[row]), 1e-6, $"outputs of row {row}");
            Near.Assert(alone[1].Select(1, 0), states.Final.Select(1, row), 1e-6, $"final state of row {row}");
            Assert.All(Near.Floats(states.Outputs.Select(0, row).Slice(0, lengths[row])), value => Assert.Equal(0, value));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Backward_WithLengths_EqualsFiniteDifferences(bool bidirectional)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(5);
        using var gru = new Gru(new GruOptions { InputSize = 3, HiddenSize = 2, LayerCount = 2, IsBidirectional = bidirectional }, generator);
        gru.To(ScalarType.Float64);
        var x = Tensor.RandomNormal([3, 4, 3], generator, ScalarType.Float64);
        x.RequiresGrad = true;
        Loss().Backward();

        foreach (var tensor in gru.Parameters().Append(x))
        {
            var gradient = tensor.Grad!.ToArray<double>();
            using var off = GradMode.Disable();
            var flat = tensor.Detach().View(-1);
            for (var place = 0; place < gradient.Length; place++)
            {
                var number = flat.Narrow(0, place, 1);
                double At(double step)
                {
                    number.Add_(Tensor.Scalar(step, ScalarType.Float64));
                    var value = Loss().Item();
                    number.Add_(Tensor.Scalar(-step, ScalarType.Float64));
                    return value;
                }

                Assert.Equal((At(1e-5) - At(-1e-5)) / 2e-5, gradient[place], 1e-8);
            }
        }

        Tensor Loss()
        {
            var states = gru.Forward(x, [2, 4, 1]);
            return states.Outputs.Pow(3).Sum() + states.Final.Square().Sum();
        }
    }

    [Fact]
    public void NamedState_TwoLayersBothDirections_CarriesPyTorchsNames()
    {
        using var gru = new Gru(new GruOptions { InputSize = 3, HiddenSize = 2, LayerCount = 2, IsBidirectional = true });
        using var scope = new TensorScope();
        var state = gru.StateDict();
        string[] kinds = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
        Assert.Equal(
            (from kind in kinds from end in new[] { "l0", "l0_reverse", "l1", "l1_reverse" } select $"{kind}_{end}").Order(StringComparer.Ordinal),
            state.Keys);
        Assert.Equal([6, 3], state["weight_ih_l0_reverse"].Shape.ToArray());
        Assert.Equal([6, 4], state["weight_ih_l1"].Shape.ToArray());
    }

    [Fact]
    public void Forward_LengthsThatDoNotFit_AreNamed()
    {
        using var scope = new TensorScope();
        using var gru = new Gru(new GruOptions { InputSize = 3, HiddenSize = 2 });
        var error = Assert.Throws<ArgumentException>(() => gru.Forward(Tensor.Zeros([2, 4, 3]), [5, 1]));
        Assert.Contains("[5, 1]", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => gru.Forward(Tensor.Zeros([2, 4, 3]), [1]));
        Assert.Throws<ArgumentException>(() => gru.Forward(Tensor.Zeros([2, 4, 7])));
    }

    private static Gru Create(Random random)
    {
        using var generator = new Generator((ulong)random.Next());
        return new Gru(
            new GruOptions
            {
                InputSize = random.Next(1, 5), HiddenSize = random.Next(1, 5), LayerCount = random.Next(1, 4), IsBidirectional = random.Next(2) == 0, HasBias = random.Next(2) == 0,
            },
            generator);
    }

    private static Tensor Sequences(Random random, int batch, int tokens, Gru gru) =>
        Tensor.From<float>([.. Enumerable.Range(0, batch * tokens * gru.Options.InputSize).Select(_ => (float)((random.NextDouble() * 4) - 2))], [batch, tokens, gru.Options.InputSize]);

    /// <summary>The equations, one number after the other.</summary>
    private sealed class PlainGru(Gru gru)
    {
        private readonly Dictionary<string, float[]> weights = gru.NamedParameters().ToDictionary(p => p.Name, p => Near.Floats(p.Value));
        private readonly int hidden = gru.Options.HiddenSize;

        public (List<float[]> Outputs, List<float[]> Final) Read(List<float[]> inputs)
        {
            var final = new List<float[]>();
            for (var layer = 0; layer < gru.Options.LayerCount; layer++)
            {
                var forward = Run(inputs, $"l{layer}");
                final.Add(forward[^1]);
                if (gru.Options.IsBidirectional)
                {
                    var backward = Run([.. Enumerable.Reverse(inputs)], $"l{layer}_reverse");
                    final.Add(backward[^1]);
                    backward.Reverse();
                    forward = [.. forward.Zip(backward, (f, b) => (float[])[.. f, .. b])];
                }

                inputs = forward;
            }

            return (inputs, final);
        }

        private List<float[]> Run(List<float[]> inputs, string cell)
        {
            var states = new List<float[]>();
            var state = new float[hidden];
            foreach (var input in inputs)
            {
                var (given, kept) = (Product($"ih_{cell}", input), Product($"hh_{cell}", state));
                var next = new float[hidden];
                for (var i = 0; i < hidden; i++)
                {
                    var reset = Sigmoid(given[i] + kept[i]);
                    var update = Sigmoid(given[hidden + i] + kept[hidden + i]);
                    var candidate = Math.Tanh(given[(2 * hidden) + i] + (reset * kept[(2 * hidden) + i]));
                    next[i] = (float)(((1 - update) * candidate) + (update * state[i]));
                }

                states.Add(state = next);
            }

            return states;
        }

        private double[] Product(string name, float[] x)
        {
            var matrix = weights[$"weight_{name}"];
            var bias = weights.GetValueOrDefault($"bias_{name}");
            return [.. Enumerable.Range(0, 3 * hidden).Select(row => (bias?[row] ?? 0.0) + x.Select((value, column) => (double)value * matrix[(row * x.Length) + column]).Sum())];
        }

        private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
    }
}
