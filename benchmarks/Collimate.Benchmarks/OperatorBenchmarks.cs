using BenchmarkDotNet.Attributes;
using Collimate.Torch;

namespace Collimate.Benchmarks;

/// <summary>What a call costs: one-element operators, whose arithmetic is nothing, under each way of holding tensors.</summary>
[MemoryDiagnoser]
public class OperatorBenchmarks
{
    private const int Calls = 100;

    private Tensor a = null!;
    private Tensor b = null!;

    /// <summary>Makes the operands.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        TorchRuntime.Threads = 1;
        (a, b) = (Tensor.Ones([1]), Tensor.Ones([1]));
    }

    /// <summary>An add whose result is disposed at once.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Calls)]
    public void AddAndDispose()
    {
        for (var k = 0; k < Calls; k++)
        {
            using var sum = a + b;
        }
    }

    /// <summary>An add whose result a scope releases.</summary>
    [Benchmark(OperationsPerInvoke = Calls)]
    public void AddInAScope()
    {
        using var scope = new TensorScope();
        for (var k = 0; k < Calls; k++)
        {
            _ = a + b;
        }
    }

    /// <summary>A reshape: a list argument, and no arithmetic.</summary>
    [Benchmark(OperationsPerInvoke = Calls)]
    public void Reshape()
    {
        for (var k = 0; k < Calls; k++)
        {
            using var view = a.Reshape(1, 1);
        }
    }
}
