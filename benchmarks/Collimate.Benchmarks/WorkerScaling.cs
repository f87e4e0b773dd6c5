using System.Diagnostics;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;

namespace Collimate.Benchmarks;

/// <summary>Whether a second worker thread pays: training steps a second with one and with two, alone and beside a process that never rests.</summary>
internal static class WorkerScaling
{
    public static int Run(Options options)
    {
        var (steps, rounds) = (options.Number("steps", 12), options.Number("rounds", 3));
        var page = new ResultFile("One worker thread and two");
        page.Add($"Steps a second of the gym's model (batch 16 in 4 pieces, {options.Text("dtype", "fp32")}, data included), medians of {rounds} alternating rounds of {steps} steps.");
        page.Add("");
        page.Add("| beside | 1 worker | 2 workers | 2 / 1 |");
        page.Add("|---|---|---|---|");
        Measure(options, "no process of ours", steps, rounds, page);
        using (var busy = BusyProcess(seconds: 600))
        {
            try
            {
                Measure(options, "a busy process of ours", steps, rounds, page);
            }
            finally
            {
                busy.Kill(entireProcessTree: true);
                busy.WaitForExit();
            }
        }

        page.Write(options.Text("out"), "threads", $"Collimate.Benchmarks threads {string.Join(' ', options.Words)}".TrimEnd(),
            "the cores themselves: pieces share nothing but the weights, and what is left to one thread is the sum of gradients and the update.");
        return 0;
    }

    private static void Measure(Options options, string beside, int steps, int rounds, ResultFile page)
    {
        var (one, two) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            one.Add(StepsPerSecond(options, 1, steps));
            two.Add(StepsPerSecond(options, 2, steps));
        }

        var (slow, fast) = (Peer.Median(one), Peer.Median(two));
        page.Add($"| {beside} | {slow:F2} | {fast:F2} | {fast / slow:F2} |");
    }

    private static double StepsPerSecond(Options options, int workers, int steps)
    {
        const int Warmup = 3;
        using var model = GymModel.Full.Create();
        var groups = GymModel.Groups(model);
        using var optimizer = new AdamW(groups);
        using var program = new SyntheticSource((6, 6), (18, 22)).Program(GymModel.Full, model, batch: 16, pieces: 4, options.Precision, groups);
        var times = new StepTimes();
        Trainer.Run(
            program, new TrainingOptions { Steps = Warmup + steps, Workers = workers, Schedule = LearningRateSchedule.Constant(Warmup + steps) }, optimizer, times);
        return steps / (times.Ends[^1] - times.Ends[Warmup - 1]).TotalSeconds;
    }

    /// <summary>Spins on one core; ends by itself should this program be killed.</summary>
    private static Process BusyProcess(int seconds) =>
        Process.Start(new ProcessStartInfo("timeout", [$"{seconds}", "sh", "-c", "while :; do :; done"]))!;

    private sealed class StepTimes : ITrainingObserver
    {
        public List<TimeSpan> Ends { get; } = [];

        public void OnStep(StepReport report) => Ends.Add(report.Elapsed);

        public void OnSkippedStep(long step, double gradientNorm)
        {
        }
    }
}
