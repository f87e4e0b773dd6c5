using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Evaluation.Language;
using Collimate.Training;

namespace Collimate.Comparison;

/// <summary>Keeps losses, samples, time and validation accuracy of a run, over interruptions too: a line for every step, written as it is done.</summary>
internal sealed class LossLedger : ITrainingObserver
{
    private const string FileName = "steps.jsonl";
    private const int Judgements = 8;
    private const int LeastDistance = 20;

    // A step without effect has a loss that is no number.
    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly string path;
    private readonly ITrainingObserver observer;
    private readonly List<double> processor = [];
    private readonly Dictionary<string, SortedDictionary<long, double>> curves = [];
    private readonly Dictionary<string, long> learning = [];
    private (string Stage, TimeSpan Processor)? last;

    private LossLedger(string path, ITrainingObserver observer) => (this.path, this.observer) = (path, observer);

    /// <summary>Judges the model between two steps, some times a stage; null to leave it out.</summary>
    public Func<double>? Judge { get; init; }

    /// <summary>Counts the parameters that learn; null to leave it out.</summary>
    public Func<long>? CountLearning { get; init; }

    /// <summary>The loss of every step, by stage.</summary>
    public Dictionary<string, List<double>> Losses { get; } = [];

    /// <summary>Samples that were trained on.</summary>
    public long Samples { get; private set; }

    /// <summary>Seconds that the steps took.</summary>
    public double Seconds { get; private set; }

    /// <summary>Mean seconds of processor time of a step; null where none was measured. The first step of a stage and of a process are left out, as they warm up.</summary>
    public double? ProcessorPerStep => processor.Count == 0 ? null : processor.Average();

    /// <summary>How many parameters each stage trained.</summary>
    public IReadOnlyDictionary<string, long> Learning => learning;

    /// <summary>How the model was judged during each stage.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<CurvePoint>> Curves =>
        curves.ToDictionary(curve => curve.Key, curve => (IReadOnlyList<CurvePoint>)[.. curve.Value.Select(point => new CurvePoint(point.Key, point.Value))]);

    /// <summary>Opens the ledger of a run, with what earlier tries wrote.</summary>
    public static LossLedger Open(string folder, ITrainingObserver observer, Func<double>? judge = null, Func<long>? countLearning = null)
    {
        var ledger = new LossLedger(Path.Combine(Directory.CreateDirectory(folder).FullName, FileName), observer) { Judge = judge, CountLearning = countLearning };
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
        var now = Environment.CpuUsage.TotalTime;
        var entry = new Entry(report.Stage, report.Step, report.Loss, report.Samples, report.Duration.TotalSeconds)
        {
            Processor = last is { } before && before.Stage == report.Stage ? (now - before.Processor).TotalSeconds : null,
            Learning = last?.Stage == report.Stage ? null : CountLearning?.Invoke(),
            Accuracy = IsDue(report.Step, report.TotalSteps) ? Judge?.Invoke() : null,
        };
        Take(entry);
        File.AppendAllText(path, JsonSerializer.Serialize(entry, Json) + "\n");
        observer.OnStep(report);
        last = (report.Stage, Environment.CpuUsage.TotalTime); // what judging takes is no part of the next step
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

    // At equal distances, which judging does not make much longer, and after the last step.
    private static bool IsDue(long step, long steps) => step == steps || step % Math.Max(LeastDistance, (steps + Judgements - 1) / Judgements) == 0;

    // A step that is done a second time, after a resumption from before it, takes the place of the first.
    private void Take(Entry entry)
    {
        if (!Losses.TryGetValue(entry.Stage, out var losses))
        {
            Losses[entry.Stage] = losses = [];
        }

        Seconds += entry.Seconds;
        if (entry.Processor is { } spent)
        {
            processor.Add(spent);
        }

        if (entry.Learning is { } count)
        {
            learning[entry.Stage] = count;
        }

        if (entry.Accuracy is { } accuracy)
        {
            (curves.TryGetValue(entry.Stage, out var curve) ? curve : curves[entry.Stage] = [])[entry.Step] = accuracy;
        }

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

    private sealed record Entry(string Stage, long Step, double Loss, int Samples, double Seconds)
    {
        public double? Processor { get; init; }

        public long? Learning { get; init; }

        public double? Accuracy { get; init; }
    }
}
