using System.Collections.Concurrent;
using System.Diagnostics;
using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Training.Watching;

/// <summary>What this machine can do at most in matrix products: what model-FLOPs utilisation is a share of.</summary>
/// <remarks>
/// PaLM (Chowdhery et al. 2022, appendix B) divides by what the maker of the chip promises. Nobody promises it of a few cores of a shared processor, so it is measured: square
/// products in the training's precision, on as many threads as train, each thread's fastest one; short ones, so that one of them is likely to have its core to itself
/// even on a busy machine.
/// </remarks>
public static class MatrixPeak
{
    private const int CpuSize = 512;   // a quarter of a GFLOP: a few milliseconds of a core
    private const int GpuSize = 8192;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(0.25);

    private static readonly ConcurrentDictionary<ComputeSetting, Lazy<double>> Known = new();

    /// <summary>FLOPs a second; measured once in the life of the process, which takes a quarter of a second.</summary>
    /// <param name="setting">What is computed with.</param>
    public static double Of(ComputeSetting setting)
    {
        var alone = setting with { Threads = setting.Device.Type == DeviceType.Cpu ? Math.Clamp(setting.Threads, 1, Environment.ProcessorCount) : 1, Processes = 1 };
        return setting.Processes * Known.GetOrAdd(alone, key => new Lazy<double>(() => Measure(key))).Value;
    }

    private static double Measure(ComputeSetting setting)
    {
        var fastest = new double[setting.Threads];
        using var together = new Barrier(setting.Threads);
        var threads = fastest.Select((_, k) => new Thread(() => fastest[k] = OnThread(setting, together)) { IsBackground = true, Name = "matrix peak" }).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return fastest.Sum();
    }

    private static double OnThread(ComputeSetting setting, Barrier together)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var size = setting.Device.Type == DeviceType.Cpu ? CpuSize : GpuSize;
        using var generator = new Generator(1);
        Tensor Matrix() => Tensor.RandomNormal([size, size], generator).To(setting.Device).To(setting.Precision ?? ScalarType.Float32);
        var (a, b) = (Matrix(), Matrix());
        Multiply(a, b); // makes what is made once for a shape
        together.SignalAndWait();
        var (best, all) = (double.MaxValue, Stopwatch.StartNew());
        do
        {
            var one = Stopwatch.StartNew();
            Multiply(a, b);
            best = Math.Min(best, one.Elapsed.TotalSeconds);
        }
        while (all.Elapsed < Budget);

        return 2.0 * size * size * size / best;
    }

    // An element is read, as a device may be at work after the call has returned.
    private static void Multiply(Tensor a, Tensor b)
    {
        using var scope = new TensorScope();
        _ = FusedOperators.Linear(a, b).Select(0, 0).Select(0, 0).To(ScalarType.Float32).Item();
    }
}
