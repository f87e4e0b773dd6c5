using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Collimate.Torch;
using Collimate.Torch.Interop;

namespace Collimate.Benchmarks;

/// <summary>What a call costs: one element is added, so that next to nothing else is measured.</summary>
[MemoryDiagnoser]
public class OperatorBenchmarks
{
    private const int Inner = 100;

    private readonly Tensor one = Tensor.Ones([1]).Keep();
    private readonly Tensor two = Tensor.Ones([1]).Keep();

    /// <summary>The way into native code and back, with the runtime's own bookkeeping.</summary>
    [Benchmark(Description = "P/Invoke")]
    public int Floor() => NativeMethods.ct_abi_version();

    /// <summary>The same without the switch of the collector's mode: for calls that return at once.</summary>
    [Benchmark(Description = "P/Invoke, no GC transition")]
    public int FloorWithoutTransition() => NativeMethods.ct_tensor_rank(one.Handle);

    /// <summary>The sum is released by hand.</summary>
    [Benchmark(Baseline = true, Description = "add and dispose")]
    public void AddAndDispose()
    {
        using var sum = one + two;
    }

    /// <summary>A scope releases a hundred sums at once.</summary>
    [Benchmark(OperationsPerInvoke = Inner, Description = "add in a scope")]
    public void AddInScope()
    {
        using var scope = new TensorScope();
        for (var k = 0; k < Inner; k++)
        {
            _ = one + two;
        }
    }

    /// <summary>A list argument, and no arithmetic.</summary>
    [Benchmark(Description = "reshape and dispose")]
    public void Reshape()
    {
        using var view = one.Reshape(1, 1);
    }

    /// <summary>Opening and ending a scope.</summary>
    [Benchmark(Description = "empty scope")]
    public void EmptyScope()
    {
        using var scope = new TensorScope();
    }

    internal static int Run(string[] words)
    {
        // In this process: the native library is already found, and nothing is built at run time.
        var job = Job.Default.WithToolchain(InProcessNoEmitToolchain.Instance).WithId("in process");
        BenchmarkRunner.Run<OperatorBenchmarks>(
            DefaultConfig.Instance.AddJob(job).WithArtifactsPath(Path.Combine(Surroundings.Repository, "artifacts", "benchmarks")), words);
        return 0;
    }
}
