using System.Diagnostics;
using System.Globalization;
using Collimate.Torch;
using Collimate.Torch.Distributed;

// One process of a group, for the tests of process groups: worker SCENARIO RANK WORLD PLACE SECONDS.
// PLACE is a port on the loopback or a file. Results go to the standard output, a failure's message to the standard error with exit code 3.
var scenario = args[0];
var rank = int.Parse(args[1], CultureInfo.InvariantCulture);
var world = int.Parse(args[2], CultureInfo.InvariantCulture);
var isPort = int.TryParse(args[3], CultureInfo.InvariantCulture, out var port);
var options = new ProcessGroupOptions(rank, world)
{
    Port = port,
    File = isPort ? null : args[3],
    Timeout = TimeSpan.FromSeconds(double.Parse(args[4], CultureInfo.InvariantCulture)),
};

try
{
    using var scope = new TensorScope();
    using var group = ProcessGroup.Join(options);
    switch (scenario)
    {
        case "collectives":
            Collectives(group);
            break;
        case "shapes":
            group.AllReduce(Tensor.Ones([rank == 0 ? 12 : 10]));
            break;
        case "order":
            if (rank == 0)
            {
                group.Barrier();
            }
            else
            {
                group.AllReduce(Tensor.Ones([4]));
            }

            break;
        case "leave":
            group.AllReduce(Tensor.Ones([4]));
            if (rank == 1)
            {
                Process.GetCurrentProcess().Kill();
            }

            group.AllReduce(Tensor.Ones([4]));
            break;
        case "cancel":
            Cancel(group);
            break;
        default:
            throw new ArgumentException($"no scenario '{scenario}'");
    }

    Console.WriteLine("done");
    return 0;
}
catch (DistributedException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 3;
}

void Collectives(ProcessGroup group)
{
    var numbers = Tensor.From([1f + rank, 10f * (rank + 1)], [2]);
    group.AllReduce(numbers);
    Show("sum", numbers);

    // A transposed view: what arrives must land in its elements, not in a copy.
    var matrix = Tensor.From([0f + rank, 1, 2, 3, 4, 5], [2, 3]);
    group.AllReduce(matrix.Transpose(0, 1), ReduceOperation.Maximum);
    Show("maximum", matrix);

    var halves = Tensor.Full([2], 0.5 + rank, ScalarType.BFloat16);
    group.AllReduce(halves, ReduceOperation.Average);
    Show("average", halves);

    for (var k = 0; k < 50; k++)
    {
        numbers.Fill_(k + rank);
        group.AllReduce(numbers);
    }

    Show("repeated", numbers);

    var copied = Tensor.Full([3], 7 * (rank + 1), ScalarType.Int64);
    group.Broadcast(copied, root: 1);
    Show("broadcast", copied);

    var flags = Tensor.Full([2], rank, ScalarType.Bool);
    Show("gathered", Tensor.Cat(group.AllGather(flags), 0));
    group.Barrier();
}

void Cancel(ProcessGroup group)
{
    group.Barrier();
    if (rank == 1)
    {
        Thread.Sleep(Timeout.Infinite);
    }

    using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
    try
    {
        group.Barrier(source.Token);
    }
    catch (OperationCanceledException)
    {
        Console.WriteLine("cancelled");
    }

    group.Barrier();
}

static void Show(string name, Tensor tensor) =>
    Console.WriteLine(FormattableString.Invariant($"{name}: {string.Join(' ', tensor.To(ScalarType.Float64).ToArray<double>())}"));
