using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Training;

namespace Collimate.Cli.Display;

/// <summary>Shows a training's progress, and writes every step to a file of JSON lines.</summary>
internal sealed class TrainingDisplay : ITrainingObserver, IDisposable
{
    private const int Window = 20;

    private static readonly JsonSerializerOptions LogOptions = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly IProgressDisplay progress;
    private readonly StreamWriter? log;
    private readonly Queue<(TimeSpan At, int Samples, double Loss)> recent = new();
    private string? stage;

    /// <param name="progress">Where progress is shown.</param>
    /// <param name="logPath">The file of JSON lines; null for none. Lines are added to it.</param>
    public TrainingDisplay(IProgressDisplay progress, string? logPath)
    {
        this.progress = progress;
        if (logPath is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(logPath))!);
            log = new StreamWriter(logPath, append: true) { AutoFlush = true };
        }
    }

    /// <summary>Steps and losses of every stage so far.</summary>
    public Dictionary<string, (List<long> Steps, List<double> Losses, TimeSpan Duration)> History { get; } = [];

    /// <inheritdoc/>
    public void OnStep(StepReport report)
    {
        if (stage != report.Stage)
        {
            progress.Finish();
            progress.Start(report.Stage, report.TotalSteps, "steps");
            stage = report.Stage;
            recent.Clear();
        }

        recent.Enqueue((report.Elapsed, report.Samples, report.Loss));
        if (recent.Count > Window)
        {
            recent.Dequeue();
        }

        var span = (report.Elapsed - recent.Peek().At).TotalSeconds;
        var rate = span > 0 ? recent.Skip(1).Sum(r => r.Samples) / span : report.Samples / Math.Max(1e-9, report.Duration.TotalSeconds);
        progress.Report(report.Step, $"loss {recent.Average(r => r.Loss):0.000}, {rate:0} samples/s");
        var (steps, losses, _) = History.GetValueOrDefault(report.Stage, ([], [], default));
        steps.Add(report.Step);
        losses.Add(report.Loss);
        History[report.Stage] = (steps, losses, report.Elapsed);
        log?.WriteLine(JsonSerializer.Serialize(new
        {
            stage = report.Stage, step = report.Step, loss = report.Loss, gradientNorm = report.GradientNorm, learningRate = report.LearningRate,
            samples = report.Samples, tokens = report.Tokens, seconds = report.Duration.TotalSeconds, dataWait = report.DataWait.TotalSeconds,
            measures = report.Measures.Count > 0 ? report.Measures : null,
        }, LogOptions));
    }

    /// <inheritdoc/>
    public void OnSkippedStep(long step, double gradientNorm) =>
        progress.Note($"step {step}: the gradients' norm is {gradientNorm}; the step is skipped.");

    /// <inheritdoc/>
    public void OnValidation(ValidationReport report)
    {
        progress.Note($"{report.Stage}, step {report.Step}: validation loss {report.Loss:0.0000}{(report.IsBest ? ", the best so far" : "")}");
        log?.WriteLine(JsonSerializer.Serialize(new { stage = report.Stage, step = report.Step, validationLoss = report.Loss, best = report.IsBest }));
    }

    /// <inheritdoc/>
    public void OnBadSample(BadSampleReport report)
    {
        progress.Note($"{report.Stage}, step {report.Step}: a sample was passed over ({report.Skipped:N0} of {report.Drawn:N0} so far). {report.Reason}");
        log?.WriteLine(JsonSerializer.Serialize(new
        {
            stage = report.Stage, step = report.Step, badSample = report.Sample, reason = report.Reason, skipped = report.Skipped, drawn = report.Drawn,
        }));
    }

    /// <inheritdoc/>
    public void OnNote(string note) => progress.Note(note);

    /// <inheritdoc/>
    public void Dispose()
    {
        progress.Finish();
        log?.Dispose();
    }
}
