using System.Diagnostics.Metrics;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;
using Collimate.Training.Watching;
using Collimate.Training.Watching.TensorBoard;

namespace Collimate.Benchmarks;

/// <summary>Whether a long run goes on as it began: resident memory early and at the end, tensors left, the share of the time spent waiting, with all that watches a run at work.</summary>
internal static class Soak
{
    private const int Early = 1000;
    private const double MostGrowth = 2; // per cent

    /// <summary>Trains and reports; the result is 1 where memory grew or a tensor was left.</summary>
    public static int Run(Options options)
    {
        var (steps, workers) = (Math.Max(2 * Early, options.Number("steps", 10_000)), options.Number("workers", 2));
        var page = new ResultFile("Ten thousand steps");
        var folder = Directory.CreateTempSubdirectory("collimate-soak-").FullName;
        try
        {
            var before = LiveTensors.Count;
            var marks = new Marks();
            Train(options, steps, workers, folder, marks);
            var left = LiveTensors.Count - before;
            var growth = Report(page, marks, steps, workers, left, options.Text("dtype", "fp32"));
            page.Write(options.Text("out"), "soak", $"Collimate.Benchmarks soak {string.Join(' ', options.Words.Where((_, k) => options.Words[k - (k % 2)] != "--out"))}".TrimEnd(),
                "the cores: what a step takes of memory is given back with the step.");
            return growth > MostGrowth || left != 0 ? 1 : 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Train(Options options, int steps, int workers, string folder, Marks marks)
    {
        using var model = GymModel.Tiny.Create();
        var groups = GymModel.Groups(model);
        using var optimizer = new AdamW(groups);
        using var program = new SyntheticSource((1, 4), (3, 12)).Program(GymModel.Tiny, model, batch: 4, pieces: 2, options.Precision, groups);
        using var log = new StepLog(Path.Combine(folder, StepLog.FileName));
        using var board = new TensorBoardLog(Path.Combine(folder, TensorBoardLog.FolderName), "name: soak");
        using var meters = new TrainingMeters("soak");
        using var listener = new MeterListener { InstrumentPublished = (instrument, mine) => mine.EnableMeasurementEvents(instrument) };
        listener.Start();
        var settings = new TrainingOptions
        {
            Steps = steps, Workers = workers, Schedule = LearningRateSchedule.Constant(steps), Compute = new ComputeSetting(Device.Cpu, options.Precision, workers),
        };
        Trainer.Run(program, settings, optimizer, new ObserverGroup(log, board, meters, marks));
    }

    private static double Report(ResultFile page, Marks marks, int steps, int workers, long left, string type)
    {
        page.Add($"{steps} steps of a tiny gym model ({type}, {workers} workers, batch 4 in 2 pieces, 1 to 4 questions of 3 to 12 words a picture), written to the step log, TensorBoard and meters.");
        page.Add("");
        page.Add("| after step | resident | managed heap | tensors alive | data wait since the line before | MFU | steps/s | loss |");
        page.Add("|---|---|---|---|---|---|---|---|");
        foreach (var mark in marks.Seen)
        {
            page.Add($"| {mark.Step} | {mark.Resident / 1048576.0:F1} MiB | {mark.Managed / 1048576.0:F1} MiB | {mark.Tensors} | {100 * mark.Rates.DataWaitShare:F2} % | {100 * mark.Rates.Utilization:F1} % | {mark.Rates.Steps:F0} | {mark.Loss:F3} |");
        }

        var (early, late) = (marks.Seen.First(mark => mark.Step == Early), marks.Seen[^1]);
        var growth = 100.0 * (late.Resident - early.Resident) / early.Resident;
        page.Add("");
        page.Add($"Growth of resident memory from step {Early} to step {steps}: {growth:F2} % (at most {MostGrowth} %). Tensors left after the run: {left}.");
        return growth;
    }

    private sealed record Mark(long Step, long Resident, long Managed, long Tensors, StepRates Rates, double Loss);

    /// <summary>Looks every thousand steps.</summary>
    private sealed class Marks : ITrainingObserver
    {
        private readonly List<StepReport> since = [];

        public List<Mark> Seen { get; } = [];

        public void OnStep(StepReport report)
        {
            since.Add(report);
            if (report.Step % Early == 0 || report.Step == report.TotalSteps)
            {
                Seen.Add(new Mark(report.Step, report.ResidentBytes, GC.GetGCMemoryInfo().TotalCommittedBytes, report.LiveTensors, StepRates.Of(since), since.Average(step => step.Loss)));
                since.Clear();
            }
        }

        public void OnSkippedStep(long step, double gradientNorm)
        {
        }
    }
}
