using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Evaluation.Language;
using Collimate.Training;

namespace Collimate.Comparison;

/// <summary>Keeps losses, samples and seconds of a run, over interruptions too: a line for every step, written as it is done.</summary>
internal sealed class LossLedger : ITrainingObserver
{
    private const string FileName = "steps.jsonl";

    // A step without effect has a loss that is no number.
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly string path;
    private readonly ITrainingObserver observer;

    private LossLedger(string path, ITrainingObserver observer) => (this.path, this.observer) = (path, observer);

    /// <summary>The loss of every step, by stage.</summary>
    public Dictionary<string, List<double>> Losses { get; } = [];

    /// <summary>Samples that were trained on.</summary>
    public long Samples { get; private set; }

    /// <summary>Seconds that the steps took.</summary>
    public double Seconds { get; private set; }

    /// <summary>Opens the ledger of a run, with what earlier tries wrote.</summary>
    public static LossLedger Open(string folder, ITrainingObserver observer)
    {
        var ledger = new LossLedger(Path.Combine(Directory.CreateDirectory(folder).FullName, FileName), observer);
        if (File.Exists(ledger.path))
        {
            foreach (var line in File.ReadLines(ledger.path))
            {
                if (Parse(line) is { } entry)
                {
                    ledger.Take(entry);
                }
            }
        }

        return ledger;
    }

    /// <inheritdoc/>
    public void OnStep(StepReport report)
    {
        var entry = new Entry(report.Stage, report.Step, report.Loss, report.Samples, report.Duration.TotalSeconds);
        Take(entry);
        File.AppendAllText(path, JsonSerializer.Serialize(entry, Json) + "\n");
        observer.OnStep(report);
    }

    /// <inheritdoc/>
    public void OnSkippedStep(long step, double gradientNorm) => observer.OnSkippedStep(step, gradientNorm);

    /// <inheritdoc/>
    public void OnValidation(ValidationReport report) => observer.OnValidation(report);

    /// <inheritdoc/>
    public void OnRetention(RetentionScore score) => observer.OnRetention(score);

    /// <inheritdoc/>
    public void OnBadSample(BadSampleReport report) => observer.OnBadSample(report);

    /// <inheritdoc/>
    public void OnNote(string note) => observer.OnNote(note);

    // A step that is done a second time, after a resumption from before it, takes the place of the first.
    private void Take(Entry entry)
    {
        if (!Losses.TryGetValue(entry.Stage, out var losses))
        {
            Losses[entry.Stage] = losses = [];
        }

        Seconds += entry.Seconds;
        if (entry.Step <= losses.Count)
        {
            losses[(int)entry.Step - 1] = entry.Loss;
            return;
        }

        losses.Add(entry.Loss);
        Samples += entry.Samples;
    }

    // A line that a killed process did not finish is none.
    private static Entry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Entry>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Entry(string Stage, long Step, double Loss, int Samples, double Seconds);
}
