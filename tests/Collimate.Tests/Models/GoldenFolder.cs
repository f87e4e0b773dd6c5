using System.Text.Json;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Tests.Models;

/// <summary>One folder of reference numbers: a tiny checkpoint, inputs, and what the reference implementation made of them.</summary>
internal sealed class GoldenFolder : IDisposable
{
    private readonly SafetensorsReader inputs;
    private readonly SafetensorsReader outputs;

    public GoldenFolder(string name)
    {
        Path = GoldenFiles.Require($"{name}");
        inputs = SafetensorsReader.Open(System.IO.Path.Combine(Path, "inputs.safetensors"));
        outputs = SafetensorsReader.Open(System.IO.Path.Combine(Path, "outputs.safetensors"));
        Expected = JsonDocument.Parse(File.ReadAllBytes(System.IO.Path.Combine(Path, "expected.json"))).RootElement;
    }

    public string Path { get; }

    public JsonElement Expected { get; }

    public Tensor Input(string name) => inputs.Read(name);

    public Tensor Output(string name) => outputs.Read(name);

    /// <summary>The gradients that the reference implementation found, by parameter name.</summary>
    public IReadOnlyDictionary<string, float[]> Gradients()
    {
        using var reader = SafetensorsReader.Open(System.IO.Path.Combine(Path, "grads.safetensors"));
        return reader.Names.ToDictionary(name => name, name => reader.Read(name).ToArray<float>());
    }

    public void Dispose()
    {
        inputs.Dispose();
        outputs.Dispose();
    }
}

/// <summary>Comparisons that say how far apart the numbers are.</summary>
internal static class Near
{
    /// <summary>Largest absolute difference; infinite where shapes differ or a number is not finite.</summary>
    public static double Distance(Tensor expected, Tensor actual)
    {
        if (!expected.Shape.SequenceEqual(actual.Shape))
        {
            return double.PositiveInfinity;
        }

        return Distance(Floats(expected), Floats(actual));
    }

    public static double Distance(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        if (expected.Length != actual.Length)
        {
            return double.PositiveInfinity;
        }

        double worst = 0;
        for (var index = 0; index < expected.Length; index++)
        {
            var difference = Math.Abs((double)expected[index] - actual[index]);
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
        }

        return worst;
    }

    public static void Assert(Tensor expected, Tensor actual, double tolerance, string what)
    {
        var distance = Distance(expected, actual);
        Xunit.Assert.True(distance <= tolerance, $"{what}: {distance:g3} apart (shapes [{string.Join(", ", expected.Shape)}] and [{string.Join(", ", actual.Shape)}]); at most {tolerance:g3} is allowed");
    }

    public static float[] Floats(Tensor tensor) => tensor.Detach().To(ScalarType.Float32).Contiguous().ToArray<float>();
}
