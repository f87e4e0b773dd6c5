namespace Collimate.Torch.Tests.Fused;

/// <summary>Holds a fused operator against a plain form of it in double precision: values, and gradients of a random weighing of all results.</summary>
internal static class Agreement
{
    public static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return Tensor.RandomNormal(shape, generator);
    }

    /// <summary>How far the two are apart, relative to the largest number where that is above one.</summary>
    public static double Distance(Func<Tensor[], Tensor[]> fused, Func<Tensor[], Tensor[]> reference, ScalarType type, params Tensor[] inputs)
    {
        using var scope = new TensorScope();
        // What the narrow type makes of the inputs is what both are given.
        Tensor[] given = [.. inputs.Select(x => x.To(type))];
        var (found, expected) = (ValuesAndGradients(fused, given, type), ValuesAndGradients(reference, given, ScalarType.Float64));
        Assert.Equal(expected.Count, found.Count);
        return expected.Zip(found).Max(pair =>
        {
            Assert.Equal(pair.First.Shape, pair.Second.Shape);
            var size = pair.First.ElementCount == 0 ? 0 : pair.First.Abs().Max().Item();
            return pair.First.ElementCount == 0 ? 0 : (pair.First - pair.Second).Abs().Max().Item() / Math.Max(1, size);
        });
    }

    /// <summary>How far the recorded gradients are from slopes measured by small steps, in double precision.</summary>
    public static double DistanceFromSlopes(Func<Tensor[], Tensor[]> function, params Tensor[] inputs)
    {
        const double step = 1e-5;
        using var scope = new TensorScope();
        Tensor[] given = [.. inputs.Select(x => x.To(ScalarType.Float64))];
        var gradients = ValuesAndGradients(function, given, ScalarType.Float64).TakeLast(given.Length).ToArray();
        var worst = 0.0;
        for (var k = 0; k < given.Length; k++)
        {
            var values = given[k].ToArray<double>();
            var recorded = gradients[k].ToArray<double>();
            for (var i = 0; i < values.Length; i++)
            {
                var slope = (Moved(k, i, step) - Moved(k, i, -step)) / (2 * step);
                worst = Math.Max(worst, Math.Abs(slope - recorded[i]));
            }
        }

        return worst;

        double Moved(int which, int element, double by)
        {
            using var inner = new TensorScope();
            var values = given[which].ToArray<double>();
            values[element] += by;
            Tensor[] moved = [.. given.Select((x, k) => k == which ? Tensor.From(values, given[which].Shape) : x)];
            return Weighed(function(moved)).Item();
        }
    }

    private static List<Tensor> ValuesAndGradients(Func<Tensor[], Tensor[]> function, Tensor[] given, ScalarType type)
    {
        Tensor[] leaves = [.. given.Select(x => x.To(type).Detach().Clone())];
        foreach (var leaf in leaves)
        {
            leaf.RequiresGrad = true;
        }

        var outputs = function(leaves);
        var gradients = Gradients.Of([Weighed(outputs)], leaves);
        return [.. outputs.Concat(gradients.Select(g => g!)).Select(t => t.Detach().To(ScalarType.Float64))];
    }

    private static Tensor Weighed(Tensor[] outputs)
    {
        var total = Tensor.Scalar(0, ScalarType.Float64);
        for (var k = 0; k < outputs.Length; k++)
        {
            total += (outputs[k].To(ScalarType.Float64) * Random((ulong)(k + 1), outputs[k].Shape).To(ScalarType.Float64)).Sum();
        }

        return total;
    }
}
