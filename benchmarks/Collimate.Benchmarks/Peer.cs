using System.Diagnostics;
using System.Text.Json;
using Collimate.Torch;

namespace Collimate.Benchmarks;

/// <summary>The C# side of a comparison: what <c>benchmarks/peers</c> does in Python, measured the same way and printed in the same form.</summary>
internal static class Peer
{
    public static int Run(string what, Options options)
    {
        Console.WriteLine(JsonSerializer.Serialize(what switch
        {
            "add" => Add(options),
            "step" => Step(options),
            "imaging" => ImagingPeer.Run(options),
            "decode" => DecodePeer.Measure(options),
            "loss" => VocabularyLoss.Measure(options),
            "sinkhorn" => SinkhornPeer.Measure(options),
            "permute" => PermutePeer.Measure(options),
            _ => throw new ArgumentException($"there is no peer '{what}'; there are add, step, imaging, decode, loss, sinkhorn and permute"),
        }));
        return 0;
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Adding one element, in microseconds of processor time.</summary>
    private static object Add(Options options)
    {
        var repeat = options.Number("repeat", 15);
        using var one = Tensor.Ones([1]);
        using var two = Tensor.Ones([1]);
        var disposed = Microseconds(repeat, count =>
        {
            for (var k = 0; k < count; k++)
            {
                using var sum = one + two;
            }
        });
        var scoped = Microseconds(repeat, count =>
        {
            for (var left = count; left > 0; left -= 100)
            {
                using var scope = new TensorScope();
                for (var k = Math.Min(left, 100); k > 0; k--)
                {
                    _ = one + two;
                }
            }
        });
        return new { peer = "Collimate", versions = Surroundings.Versions, median_us = new { add_one = disposed, add_one_in_scope = scoped } };
    }

    private static double Microseconds(int repeat, Action<int> work)
    {
        // The optimising compiler replaces code in the background some time after it was first called.
        for (var warm = Stopwatch.StartNew(); warm.ElapsedMilliseconds < 500;)
        {
            work(1000);
        }

        const int Inner = 20_000;
        var times = new double[repeat];
        for (var k = 0; k < repeat; k++)
        {
            var begin = Environment.CpuUsage.TotalTime;
            work(Inner);
            times[k] = (Environment.CpuUsage.TotalTime - begin).TotalMicroseconds / Inner;
        }

        return Math.Round(Median(times), 4);
    }

    /// <summary>The training step, in milliseconds.</summary>
    private static object Step(Options options)
    {
        var (steps, warmup) = (options.Number("steps", 30), options.Number("warmup", 5));
        using var step = new TrainingStep(options.Number("batch", 16), options.Number("tokens", 208), options.Precision);
        var (times, cpu) = (new List<double>(), new List<double>());
        var parts = new List<(double Forward, double Backward, double Update)>();
        for (var k = 0; k < warmup + steps; k++)
        {
            var begin = Environment.CpuUsage.TotalTime;
            var clock = Stopwatch.StartNew();
            var part = step.Run();
            var elapsed = clock.Elapsed.TotalMilliseconds;
            if (k >= warmup)
            {
                times.Add(elapsed);
                parts.Add(part);
                cpu.Add((Environment.CpuUsage.TotalTime - begin).TotalMilliseconds);
            }
        }

        return new
        {
            peer = "Collimate", versions = Surroundings.Versions, blas_core = Surroundings.BlasCore, dtype = options.Text("dtype", "fp32"), threads = TorchRuntime.Threads,
            steps, labels = step.Labels, parameters = step.ParameterCount, loss = Math.Round(step.Loss, 5),
            median_ms = new
            {
                forward = Rounded(parts.Select(p => p.Forward)), backward = Rounded(parts.Select(p => p.Backward)), update = Rounded(parts.Select(p => p.Update)),
                step = Rounded(times), cpu = Rounded(cpu),
            },
            fastest_step_ms = Math.Round(times.Min(), 2),
        };

        static double Rounded(IEnumerable<double> values) => Math.Round(Median(values), 2);
    }
}
