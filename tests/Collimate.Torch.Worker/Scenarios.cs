using System.Diagnostics;
using Collimate.Torch.Distributed;

namespace Collimate.Torch.Worker;

/// <summary>What a rank does; each prints what came of it, for the test to judge.</summary>
internal static class Scenarios
{
    internal static void Run(string name, ProcessGroup group)
    {
        using var scope = new TensorScope();
        switch (name)
        {
            case "all-reduce": AllReduce(group); break;
            case "hand-round": HandRound(group); break;
            case "barrier": Barrier(group); break;
            case "mismatch": Mismatch(group); break;
            case "different-calls": DifferentCalls(group); break;
            case "steps": Steps(group); break;
            case "silent": Silent(group); break;
            case "cancel": Cancel(group); break;
            case "leave": Leave(group); break;
            case "gradients": Gradients(group); break;
            case "unused-gradient": UnusedGradient(group); break;
            case "different-parameters": DifferentParameters(group); break;
            default: throw new ArgumentException($"there is no scenario '{name}'", nameof(name));
        }
    }

    private static void AllReduce(ProcessGroup group)
    {
        foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.Float64, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32, ScalarType.UInt8])
        {
            var tensor = (Tensor.Arange(6) + group.Rank).To(type).Reshape([2, 3]);
            group.AllReduce(tensor);
            Print($"sum {type}", tensor);
        }

        var columns = (Tensor.Arange(6).To(ScalarType.Float32) * (group.Rank + 1)).Reshape([2, 3]).Transpose(0, 1); // not contiguous
        group.AllReduce(columns, Reduction.Mean);
        Print("mean of columns", columns);

        var parameter = Tensor.Ones([2]);
        parameter.RequiresGrad = true;
        group.AllReduce(parameter);
        Print("sum of leaves", parameter);

        var nothing = Tensor.Zeros([0, 3]);
        group.AllReduce(nothing);
        Print("sum of nothing", nothing);
    }

    private static void HandRound(ProcessGroup group)
    {
        var numbers = Tensor.Arange(3).To(ScalarType.BFloat16) + (10 * group.Rank);
        group.Broadcast(numbers, root: 1);
        Print("broadcast", numbers);

        var flags = Tensor.Full([2], group.Rank, ScalarType.Bool);
        group.Broadcast(flags, root: 0);
        Print("broadcast flags", flags.To(ScalarType.Int64));

        foreach (var each in group.AllGather(Tensor.Full([2], group.Rank + 5, ScalarType.Int16)))
        {
            Print("gathered", each);
        }
    }

    // Rank 0 enters only when it is told to; stamps of the machine's one monotonic clock tell the order.
    private static void Barrier(ProcessGroup group)
    {
        Program.Say("ready");
        if (group.Rank == 0)
        {
            Console.In.ReadLine();
        }

        Program.Say($"entered {Stopwatch.GetTimestamp()}");
        group.Barrier();
        Program.Say($"left {Stopwatch.GetTimestamp()}");
    }

    private static void Mismatch(ProcessGroup group)
    {
        Try(() => group.AllReduce(Tensor.Ones([10 + (2 * group.Rank)])));
        Try(() => group.AllReduce(Tensor.Ones([4], group.Rank == 0 ? ScalarType.Float32 : ScalarType.Float64)));
        Try(() => group.AllGather(Tensor.Ones(group.Rank == 0 ? [2, 3] : [3, 2])));
        var after = Tensor.Ones([2]);
        group.AllReduce(after);
        Print("after", after);
    }

    private static void DifferentCalls(ProcessGroup group)
    {
        Try(() =>
        {
            if (group.Rank == 0)
            {
                group.Barrier();
            }
            else
            {
                group.Broadcast(Tensor.Ones([7]), root: 1);
            }
        });
        Try(() => group.Broadcast(Tensor.Ones([7]), root: group.Rank));
        group.Barrier();
    }

    private static void Steps(ProcessGroup group)
    {
        var gradient = Tensor.Ones([100_000]);
        for (var step = 0; ; step++)
        {
            group.AllReduce(gradient, Reduction.Mean);
            if (step == 3)
            {
                Program.Say("ready");
            }
        }
    }

    private static void Silent(ProcessGroup group)
    {
        Program.Say("ready");
        if (group.Rank == 1)
        {
            Console.In.ReadLine();
        }

        group.Barrier();
    }

    private static void Cancel(ProcessGroup group)
    {
        Program.Say("ready");
        if (group.Rank == 1)
        {
            Console.In.ReadLine();
            Try(() => group.Barrier());
            return;
        }

        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        Try(() => group.AllReduce(Tensor.Ones([5]), cancellationToken: cancellation.Token));
        Try(() => group.Barrier());
    }

    private static void Leave(ProcessGroup group)
    {
        if (group.Rank == 0)
        {
            Try(() => group.Barrier());
        }
    }

    // Each parameter has a bucket of its own. In turn: all are sent during the pass; without listening; one that a single rank has; none has one; and one that
    // two nested passes reach, which changes after it was sent.
    private static void Gradients(ProcessGroup group)
    {
        var (first, second, third) = (Leaf(2, 1), Leaf(3, 2), Leaf(4, 3));
        using var exchange = new GradientExchange(group, [first, second, third], bucketBytes: 1);
        var x = group.Rank + 1.0;
        void Step(string name, bool listens, Func<Tensor> loss) => SumOf(exchange, name, listens, loss, first, second, third);
        Tensor Chain() => ((first.Sum() * x * second).Sum() * third).Sum();
        Step("listening", true, Chain);
        Step("at the end", false, Chain);
        Step("on one rank", true, () => group.Rank == 1 ? Chain() : third.Sum());
        Step("on none", true, () => (first.Sum() * third).Sum());
        Tensor Nested(Tensor input) => ActivationCheckpoint.Run(inputs => inputs[0] * third.Sum(), input);
        Step("nested", true, () => (Nested(Nested(first * x)) * 1.0).Sum() + (second.Sum() * x));
        Step("nested again", true, () => (Nested(Nested(first * x)) * 1.0).Sum() + (second.Sum() * x));
    }

    // The last parameter's bucket goes first, and would hold up the others in every pass. When it comes after all, it is late.
    private static void UnusedGradient(ProcessGroup group)
    {
        var (first, second, unused) = (Leaf(2, 1), Leaf(3, 2), Leaf(4, 3));
        using var exchange = new GradientExchange(group, [first, second, unused], bucketBytes: 1);
        for (var step = 0; step < 2; step++)
        {
            SumOf(exchange, "unused", true, () => (first.Sum() * second).Sum(), first, second, unused);
        }

        SumOf(exchange, "used", true, () => (unused.Sum() * first.Sum() * second).Sum(), first, second, unused);
    }

    private static Tensor Leaf(int size, double value)
    {
        var leaf = Tensor.Full([size], value);
        leaf.RequiresGrad = true;
        return leaf;
    }

    // Two passes, whose gradients add up, then the sum over the ranks.
    private static void SumOf(GradientExchange exchange, string name, bool listens, Func<Tensor> loss, params Tensor[] parameters)
    {
        foreach (var parameter in parameters)
        {
            parameter.Grad = null;
        }

        loss().Backward();
        if (listens)
        {
            exchange.Listen();
        }

        loss().Backward();
        exchange.Sum();
        var sums = parameters.Select(parameter => parameter.Grad is { } gradient ? string.Join(' ', gradient.ToArray<float>()) : "none");
        Program.Say($"{name}, {exchange.SentEarly} of {exchange.Buckets} early: {string.Join(" | ", sums)}");
    }

    private static void DifferentParameters(ProcessGroup group)
    {
        var parameter = Tensor.Zeros([3 + group.Rank]);
        parameter.RequiresGrad = true;
        Try(() => new GradientExchange(group, [parameter]).Dispose());
        group.Barrier();
    }

    private static void Try(Action action)
    {
        try
        {
            action();
            Program.Say("done");
        }
        catch (Exception failure) when (failure is ProcessGroupException or OperationCanceledException)
        {
            Program.Say(Program.Describe(failure));
        }
    }

    private static void Print(string what, Tensor tensor) =>
        Program.Say($"{what}: {tensor.Type} {string.Join(' ', tensor.Detach().To(ScalarType.Float64).ToArray<double>())}");
}
