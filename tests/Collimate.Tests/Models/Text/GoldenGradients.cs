using Collimate.Torch;
using Xunit.Abstractions;

namespace Collimate.Tests.Models.Text;

/// <summary>Compares every recorded gradient with a model's own, relative to the largest number of each.</summary>
internal static class GoldenGradients
{
    private const double RelativeTolerance = 1e-4;

    public static void Compare(GoldenFolder golden, Module model, ITestOutputHelper output)
    {
        foreach (var (parameter, expected) in golden.Gradients())
        {
            var distance = Near.Distance(expected, ModelGradients.Of(model, parameter)) / expected.Max(Math.Abs);
            output.WriteLine($"gradient of {parameter}: {distance:g3} of its largest number");
            Assert.True(distance <= RelativeTolerance, $"gradient of {parameter}: {distance:g3} of its largest number apart");
        }
    }
}
