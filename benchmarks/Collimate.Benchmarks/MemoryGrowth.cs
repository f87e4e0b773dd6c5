using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;

namespace Collimate.Benchmarks;

/// <summary>Whether a long run stays as small as a short one: the peak resident size early and late, and the tensors left when it is over.</summary>
internal static class MemoryGrowth
{
    private const int Early = 200;

    public static int Run(Options options)
    {
        var steps = Math.Max(Early, options.Number("steps", 2000));
        var before = LiveTensors.Count;
        var peaks = new Peaks();
        using (var model = GymModel.Small.Create())
        {
            var groups = GymModel.Groups(model);
            using var optimizer = new AdamW(groups);
            using var program = new SyntheticSource((1, 8), (3, 20)).Program(GymModel.Small, model, batch: 8, pieces: 4, options.Precision, groups);
            Trainer.Run(program, new TrainingOptions { Steps = steps, Workers = 2, Schedule = LearningRateSchedule.Constant(steps) }, optimizer, peaks);
        }

        var (early, late) = (peaks.At[Early], peaks.At[steps]);
        var page = new ResultFile("Memory over a long run");
        page.Add($"{steps} steps of a small gym model ({options.Text("dtype", "fp32")}, 2 workers, batch 8 in 4 pieces, 1 to 8 questions of 3 to 20 words a picture).");
        page.Add("");
        page.Add("| after step | peak resident size (VmHWM) | tensors alive |");
        page.Add("|---|---|---|");
        foreach (var (step, peak) in peaks.At.OrderBy(at => at.Key).Where(at => at.Key == Early || at.Key == steps || at.Key % 500 == 0))
        {
            page.Add($"| {step} | {peak / 1048576.0:F1} MiB | {peaks.Tensors[step]} |");
        }

        page.Add("");
        page.Add($"Growth from step {Early} to step {steps}: {100.0 * (late - early) / early:F2} %. Tensors left after the run: {LiveTensors.Count - before}.");
        page.Write(options.Text("out"), $"memory-{options.Text("dtype", "fp32")}", $"Collimate.Benchmarks memory {string.Join(' ', options.Words)}".TrimEnd(),
            "the largest batch seen so far: later peaks come from a longer row, not from what a step leaves behind.");
        return 0;
    }

    private sealed class Peaks : ITrainingObserver
    {
        public Dictionary<long, long> At { get; } = [];

        public Dictionary<long, long> Tensors { get; } = [];

        public void OnStep(StepReport report)
        {
            if (report.Step % 100 == 0 || report.Step == report.TotalSteps)
            {
                At[report.Step] = Surroundings.PeakResident;
                Tensors[report.Step] = LiveTensors.Count;
            }
        }

        public void OnSkippedStep(long step, double gradientNorm)
        {
        }
    }
}
