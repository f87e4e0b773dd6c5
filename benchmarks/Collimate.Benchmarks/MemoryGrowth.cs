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
        var page = new ResultFile("Memory over a long run");
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
        page.Add($"{steps} steps of a small gym model ({options.Text("dtype", "fp32")}, 2 workers, batch 8 in 4 pieces, 1 to 8 questions of 3 to 20 words a picture).");
        page.Add("");
        page.Add("| after step | peak resident size (VmHWM) | of it managed heap | positions of the largest step | tensors alive |");
        page.Add("|---|---|---|---|---|");
        foreach (var (step, seen) in peaks.At.OrderBy(at => at.Key))
        {
            page.Add($"| {step} | {Mebibytes(seen.Resident)} | {Mebibytes(seen.Managed)} | {seen.Tokens} | {seen.Tensors} |");
        }

        page.Add("");
        page.Add($"Growth from step {Early} to step {steps}: {100.0 * (late.Resident - early.Resident) / early.Resident:F2} %. Tensors left after the run: {LiveTensors.Count - before}.");
        page.Write(options.Text("out"), $"memory-{options.Text("dtype", "fp32")}", $"Collimate.Benchmarks memory {string.Join(' ', options.Words)}".TrimEnd(),
            "what stays after the first steps is the weights, libtorch itself and the managed heap; no step leaves a tensor behind.");
        return 0;
    }

    private static string Mebibytes(long bytes) => $"{bytes / 1048576.0:F1} MiB";

    private sealed record Seen(long Resident, long Managed, int Tokens, long Tensors);

    /// <summary>Looks after every step: the kernel's own mark is brought up to date only now and then, and can seem to fall.</summary>
    private sealed class Peaks : ITrainingObserver
    {
        private Seen highest = new(0, 0, 0, 0);

        public Dictionary<long, Seen> At { get; } = [];

        public void OnStep(StepReport report)
        {
            highest = new Seen(
                Math.Max(highest.Resident, Surroundings.PeakResident), Math.Max(highest.Managed, GC.GetGCMemoryInfo().TotalCommittedBytes),
                Math.Max(highest.Tokens, report.Tokens), LiveTensors.Count);
            if (report.Step is Early || report.Step % 500 == 0 || report.Step == report.TotalSteps)
            {
                At[report.Step] = highest;
            }
        }

        public void OnSkippedStep(long step, double gradientNorm)
        {
        }
    }
}
