using System.Diagnostics;
using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Benchmarks;

/// <summary>The C# side of Sinkhorn, forward and backward: what it takes in time and in memory beside its inputs.</summary>
internal static class SinkhornPeer
{
    public static object Measure(Options options)
    {
        TorchRuntime.Threads = options.Number("threads", 1);
        var (size, repeat) = (options.Number("size", 800), options.Number("repeat", 9));
        var temperature = double.Parse(options.Text("temperature", "1"));
        var how = new SinkhornOptions { Iterations = options.Number("iterations", 50), Backward = Enum.Parse<SinkhornBackward>(options.Text("backward", "unrolled"), ignoreCase: true) };
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        var logits = Tensor.RandomNormal([size, size], generator);
        var weights = Tensor.RandomNormal([size, size], generator);

        // All code, and the measuring itself, is in memory before memory is measured.
        using (new TensorScope())
        {
            var (few, upstream) = (logits.Narrow(0, 0, 16).Narrow(1, 0, 16), weights.Narrow(0, 0, 16).Narrow(1, 0, 16));
            _ = Run(few, upstream, temperature, how);
            _ = MemoryMark.SetHere().Risen;
        }

        var mark = MemoryMark.SetHere();
        var first = Run(logits, weights, temperature, how);
        var risen = mark.Risen;
        var times = new List<double[]>();
        for (var k = 0; k < repeat; k++)
        {
            using var inner = new TensorScope();
            times.Add(Run(logits, weights, temperature, how).Times);
        }

        double Median(int which) => Math.Round(Peer.Median(times.Select(t => t[which])), 3);
        return new
        {
            peer = "Collimate", versions = Surroundings.Versions, threads = TorchRuntime.Threads,
            median_ms = new { forward = Median(0), whole = Median(1), forward_cpu = Median(2), cpu = Median(3) },
            extra_mib = Math.Round(risen / 1048576.0, 2),
            row_error = Worst(first.Result.Sum(-1)), column_error = Worst(first.Result.Sum(-2)),
            value = (first.Result.To(ScalarType.Float64) * weights.To(ScalarType.Float64)).Sum().Item(), gradient_norm = first.Gradient.To(ScalarType.Float64).Norm().Item(),
        };
    }

    private static (double[] Times, Tensor Result, Tensor Gradient) Run(Tensor scores, Tensor upstream, double temperature, SinkhornOptions how)
    {
        var leaf = scores.Detach();
        leaf.RequiresGrad = true;
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        var result = Sinkhorn.Normalize(leaf, temperature, how);
        var (forward, forwardCpu) = (clock.Elapsed, Environment.CpuUsage.TotalTime - cpu);
        result.Backward(upstream);
        var (whole, wholeCpu) = (clock.Elapsed, Environment.CpuUsage.TotalTime - cpu);
        return ([forward.TotalMilliseconds, whole.TotalMilliseconds, forwardCpu.TotalMilliseconds, wholeCpu.TotalMilliseconds], result.Detach(), leaf.Grad!);
    }

    private static double Worst(Tensor sums) => (sums - 1).Abs().Max().Item();
}
