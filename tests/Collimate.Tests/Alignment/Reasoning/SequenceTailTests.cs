using Collimate.Alignment.Reasoning;
using Collimate.Models.Recurrent;
using Collimate.Torch;

namespace Collimate.Tests.Alignment.Reasoning;

public sealed class SequenceTailTests
{
    [Fact]
    public void Gru_OnAConstantInput_EqualsTheRecurrentUnitOnRepeatedInput()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(4);
        using var tail = new SequenceTail(6, 5, 10, isLstm: false, generator);
        using var unit = new Gru(new GruOptions { InputSize = 6, HiddenSize = 5 });
        unit.LoadStateDict(tail.StateDict());
        var x = Tensor.RandomNormal([3, 6], generator);

        var expected = unit.Forward(x.Unsqueeze(1).Expand(3, 10, 6).Contiguous()).Outputs.ToArray<float>();
        Assert.Equal(expected, tail.Forward(x).ToArray<float>(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Lstm_OnAConstantInput_FollowsItsEquations()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(4);
        const int Classes = 3, Width = 2, Steps = 4;
        using var tail = new SequenceTail(Width, Classes, Steps, isLstm: true, generator);
        var state = tail.StateDict().ToDictionary(entry => entry.Key, entry => entry.Value.ToArray<float>());
        float[] x = [0.7f, -1.2f];

        var (h, c, expected) = (new double[Classes], new double[Classes], new List<double>());
        for (var step = 0; step < Steps; step++)
        {
            double[] gate = [.. Enumerable.Range(0, 4 * Classes).Select(row =>
                state["bias_ih_l0"][row] + state["bias_hh_l0"][row] + x.Select((value, k) => value * (double)state["weight_ih_l0"][(row * Width) + k]).Sum()
                + h.Select((value, k) => value * state["weight_hh_l0"][(row * Classes) + k]).Sum())];
            for (var k = 0; k < Classes; k++)
            {
                c[k] = (Sigmoid(gate[Classes + k]) * c[k]) + (Sigmoid(gate[k]) * Math.Tanh(gate[(2 * Classes) + k]));
                expected.Add(h[k] = Sigmoid(gate[(3 * Classes) + k]) * Math.Tanh(c[k]));
            }
        }

        Assert.Equal(expected, tail.Forward(Tensor.From(x, [1, Width])).ToArray<float>().Select(value => (double)value), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
