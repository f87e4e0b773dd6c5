using Collimate.Torch;

namespace Collimate.Tests.Alignment.Connectors;

/// <summary>Holds gradients against differences of the function itself, in double precision.</summary>
internal static class FiniteDifferences
{
    private const double Step = 1e-5;

    /// <summary>Compares every parameter's gradient, and those of the inputs, at a few places each.</summary>
    /// <param name="module">Whose parameters.</param>
    /// <param name="inputs">Leaves beside them.</param>
    /// <param name="function">A number of them.</param>
    public static void Check(Module module, Tensor[] inputs, Func<Tensor> function)
    {
        (string Name, Tensor Value)[] leaves = [.. module.NamedParameters().Where(p => p.Value.RequiresGrad), .. inputs.Select((input, k) => ($"input {k}", input))];
        var gradients = Gradients.Of([function()], [.. leaves.Select(leaf => leaf.Value)]);
        foreach (var ((name, value), gradient) in leaves.Zip(gradients))
        {
            var expected = gradient!.ToArray<double>();
            Assert.True(expected.Any(number => Math.Abs(number) > 1e-9), $"{name}: nothing reaches it");
            foreach (var place in Places(expected))
            {
                var slope = Slope(value, place, function);
                Assert.True(Math.Abs(slope - expected[place]) <= 1e-6 * Math.Max(1, Math.Abs(slope)), $"{name}[{place}]: gradient {expected[place]:R}, difference {slope:R}");
            }
        }
    }

    // The first, the last, one between, and the steepest.
    private static IEnumerable<int> Places(double[] gradient) =>
        new[] { 0, gradient.Length / 2, gradient.Length - 1, Array.IndexOf(gradient, gradient.MaxBy(Math.Abs)) }.Distinct();

    private static double Slope(Tensor value, int place, Func<Tensor> function)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var before = value.Clone();
        var nudge = Tensor.Zeros([value.ElementCount], ScalarType.Float64);
        nudge.Narrow(0, place, 1).Fill_(Step);
        nudge = nudge.View([.. value.Shape]);
        value.Add_(nudge);
        var above = function().Item();
        value.Add_(nudge, -2);
        var below = function().Item();
        value.CopyFrom_(before);
        return (above - below) / (2 * Step);
    }
}
