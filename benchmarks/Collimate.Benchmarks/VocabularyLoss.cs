using System.Diagnostics;
using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Benchmarks;

/// <summary>
/// The loss of a decoder over a large vocabulary, forward and backward: all logits at once, as is usual, against a chunk at a time. Both in one process on the
/// same numbers, with their gradients held against each other.
/// </summary>
internal static class VocabularyLoss
{
    public static object Measure(Options options)
    {
        var (rows, classes, width) = (options.Number("rows", 4096), options.Number("classes", 151_936), options.Number("width", 896));
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        var hidden = Leaf(Tensor.RandomNormal([rows, width], generator));
        var weight = Leaf(Tensor.RandomNormal([classes, width], generator) * 0.02);
        var random = new Random(1);
        var targets = Tensor.From([.. Enumerable.Range(0, rows).Select(_ => (long)random.Next(classes))]);
        // The smaller first: what the larger leaves behind in the allocator could not serve it.
        var chunked = Run(options, hidden, weight, () => FusedOperators.LinearCrossEntropy(hidden, weight, targets).Sum / rows);
        var mine = (Hidden: hidden.Grad!, Weight: weight.Grad!);
        (hidden.Grad, weight.Grad) = (null, null);
        var plain = Run(options, hidden, weight, () =>
        {
            // Let go of at once, as Python would.
            using var logits = hidden.Linear(weight);
            using var wide = logits.To(ScalarType.Float32);
            return wide.CrossEntropy(targets);
        });
        return new
        {
            peer = "Collimate", versions = Surroundings.Versions, dtype = options.Text("dtype", "fp32"), rows, classes, width, chunked, plain,
            memory_ratio = Math.Round(chunked.PeakMebibytes / plain.PeakMebibytes, 4), time_ratio = Math.Round(chunked.CpuSeconds / plain.CpuSeconds, 4),
            gradient_distance = new { hidden = Distance(mine.Hidden, hidden.Grad!), weight = Distance(mine.Weight, weight.Grad!) },
        };
    }

    private static Figures Run(Options options, Tensor hidden, Tensor weight, Func<Tensor> loss)
    {
        using var scope = new TensorScope();
        var mark = MemoryMark.SetHere();
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        Tensor value;
        using (Autocast.EnableIf(options.Precision))
        {
            value = loss();
        }

        value.Backward();
        return new Figures(
            Math.Round((Environment.CpuUsage.TotalTime - cpu).TotalSeconds, 2), Math.Round(clock.Elapsed.TotalSeconds, 2),
            Math.Round(mark.Risen / 1048576.0, 1), value.Item(), hidden.Grad!.Norm().Item(), weight.Grad!.Norm().Item());
    }

    // The largest difference, relative to the largest number.
    private static double Distance(Tensor found, Tensor expected)
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        return (found - expected).Abs().Max().Item() / expected.Abs().Max().Item();
    }

    private static Tensor Leaf(Tensor values)
    {
        values.RequiresGrad = true;
        return values;
    }

    private sealed record Figures(double CpuSeconds, double WallSeconds, double PeakMebibytes, double Loss, double HiddenNorm, double WeightNorm);
}
