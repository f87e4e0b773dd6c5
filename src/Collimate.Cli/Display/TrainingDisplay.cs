using Collimate.Training;
using Collimate.Training.Watching;

namespace Collimate.Cli.Display;

/// <summary>Shows a training's progress: loss and speed of the last steps.</summary>
/// <param name="progress">Where progress is shown.</param>
internal sealed class TrainingDisplay(IProgressDisplay progress) : ITrainingObserver, IDisposable
{
    private const int Window = 20;

    private readonly Queue<StepReport> recent = new();
    private string? stage;

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

        recent.Enqueue(report);
        if (recent.Count > Window)
        {
            recent.Dequeue();
        }

        progress.Report(report.Step, Details(report));
        var (steps, losses, _) = History.GetValueOrDefault(report.Stage, ([], [], default));
        steps.Add(report.Step);
        losses.Add(report.Loss);
        History[report.Stage] = (steps, losses, report.Elapsed);
    }

    /// <inheritdoc/>
    public void OnSkippedStep(long step, double gradientNorm) =>
        progress.Note($"step {step}: the gradients' norm is {gradientNorm}; the step is skipped.");

    /// <inheritdoc/>
    public void OnValidation(ValidationReport report) =>
        progress.Note($"{report.Stage}, step {report.Step}: validation loss {report.Loss:0.0000}, {report.Exact:0.0 %} of the answers exact{(report.IsBest ? ", the best so far" : "")}");

    /// <inheritdoc/>
    public void OnBadSample(BadSampleReport report) =>
        progress.Note($"{report.Stage}, step {report.Step}: a sample was passed over ({report.Skipped:N0} of {report.Drawn:N0} so far). {report.Reason}");

    /// <inheritdoc/>
    public void OnNote(string note) => progress.Note(note);

    /// <inheritdoc/>
    public void Dispose() => progress.Finish();

    private string Details(StepReport last)
    {
        var rates = StepRates.Of(recent);
        var utilization = rates.Utilization is { } share ? $", MFU {100 * share:0.0}%" : "";
        var speed = last.SampleName is { } samples ? $"{Durations.Rate(rates.Samples)} {samples}/s" : $"{Durations.Rate(rates.Tokens)} tokens/s";
        return $"loss {recent.Average(step => step.Loss):0.000}, {speed}{utilization}, " +
            $"data wait {100 * rates.DataWaitShare:0.0}%, {last.LiveTensors} live tensors";
    }
}
