using System.Diagnostics;
using System.Text.Json;
using Collimate.Benchmarks;
using Collimate.Torch;

// One line of JSON a run, as the Python peers print it; benchmarks/compare runs both in turn.
//   step [--dtype fp32|bf16] [--steps N]   the gym's training step, milliseconds
//   add                                    one add of one element, nanoseconds
//   operators [BenchmarkDotNet's options]  what a call costs, by BenchmarkDotNet
//   memory [--steps N]                     peak resident size after a tenth of the steps and after all, bytes
TorchRuntime.Threads = 1;
var command = args.FirstOrDefault() ?? "step";
var steps = int.Parse(Option("--steps", command == "memory" ? "2000" : "30"));
switch (command)
{
    case "step":
        Print(MeasureStep(Option("--dtype", "fp32"), steps));
        return 0;
    case "add":
        Print(new { peer = "C#", add_ns = Math.Round(MeasureAdd(), 1) });
        return 0;
    case "memory":
        Print(MeasureMemory(steps));
        return 0;
    case "operators":
        BenchmarkDotNet.Running.BenchmarkRunner.Run<OperatorBenchmarks>(null, args[1..]);
        return 0;
    default:
        Console.Error.WriteLine($"'{command}' is not a benchmark; there are step, add, operators and memory");
        return 2;
}

string Option(string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;

static void Print(object result) => Console.WriteLine(JsonSerializer.Serialize(result));

static object MeasureStep(string dtype, int steps)
{
    using var gym = new GymStep(16, 200, 1500, dtype == "bf16" ? ScalarType.BFloat16 : null);
    for (var k = 0; k < 5; k++)
    {
        gym.Run();
    }

    var times = new List<double>();
    var loss = 0.0;
    for (var k = 0; k < steps; k++)
    {
        var begun = Stopwatch.GetTimestamp();
        loss = gym.Run();
        times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
    }

    return new { peer = "C#", dtype, steps, loss = Math.Round(loss, 5), median_ms = new { step = Math.Round(Median(times), 2) }, fastest_step_ms = Math.Round(times.Min(), 2) };
}

static double MeasureAdd()
{
    const int inner = 20_000;
    using var a = Tensor.Ones([1]);
    using var b = Tensor.Ones([1]);
    using var off = GradMode.Disable();
    var times = new List<double>();
    for (var round = 0; round < 25; round++)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var k = 0; k < inner; k++)
        {
            using var sum = a + b;
        }

        times.Add(Stopwatch.GetElapsedTime(begun).TotalNanoseconds / inner);
    }

    return Median(times[5..]); // the first rounds are compiled again while they run
}

static object MeasureMemory(int steps)
{
    var early = 0L;
    var before = LiveTensors.Count;
    using (var gym = new GymStep(2, 120, 600, ScalarType.BFloat16))
    {
        for (var step = 1; step <= steps; step++)
        {
            gym.Run();
            if (step == steps / 10)
            {
                early = PeakResident();
            }
        }
    }

    var late = PeakResident();
    return new { peer = "C#", steps, peak_early = early, peak_late = late, growth = Math.Round((double)late / early - 1, 4), live_tensors = LiveTensors.Count - before };
}

static double Median(List<double> values)
{
    var sorted = values.Order().ToArray();
    return sorted[sorted.Length / 2];
}

// VmHWM of /proc/self/status, in bytes.
static long PeakResident() =>
    long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
