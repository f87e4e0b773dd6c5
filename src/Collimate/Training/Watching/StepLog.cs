using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Evaluation.Language;

namespace Collimate.Training.Watching;

/// <summary>Writes a training to a file of JSON lines, one for every step and everything else that happens; lines are added to what is there.</summary>
public sealed class StepLog : ITrainingObserver, IDisposable
{
    /// <summary>The file's name in a run's folder.</summary>
    public const string FileName = "log.jsonl";

    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    private readonly StreamWriter log;

    /// <param name="path">The file.</param>
    public StepLog(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        log = new StreamWriter(path, append: true) { AutoFlush = true };
    }

    /// <inheritdoc/>
    public void OnStep(StepReport report)
    {
        var rates = StepRates.Of(report);
        Write(new
        {
            stage = report.Stage, step = report.Step, loss = Number(report.Loss), gradientNorm = Number(report.GradientNorm), learningRate = report.LearningRate,
            samples = report.Samples, tokens = report.Tokens, seconds = report.Duration.TotalSeconds, dataWait = report.DataWait.TotalSeconds,
            tokensPerSecond = rates.Tokens, modelFlops = report.ModelFlops, utilization = rates.Utilization,
            liveTensors = report.LiveTensors, residentBytes = report.ResidentBytes,
            measures = report.Measures.Count == 0 ? null : report.Measures.ToDictionary(measure => measure.Key, measure => Number(measure.Value)),
        });
    }

    /// <inheritdoc/>
    public void OnSkippedStep(long step, double gradientNorm)
    {
        // The step's own line follows, with null for the numbers that are none.
    }

    /// <inheritdoc/>
    public void OnValidation(ValidationReport report) =>
        Write(new { stage = report.Stage, step = report.Step, validationLoss = Number(report.Loss), validationExact = report.Exact, best = report.IsBest });

    /// <inheritdoc/>
    public void OnRetention(RetentionScore score) => Write(new { after = score.After, retention = score.Measures.ToDictionary(one => $"retention/{one.Name}", one => Number(one.Value)) });

    /// <inheritdoc/>
    public void OnBadSample(BadSampleReport report) => Write(new
    {
        stage = report.Stage, step = report.Step, badSample = report.Sample, reason = report.Reason, skipped = report.Skipped, drawn = report.Drawn,
    });

    /// <inheritdoc/>
    public void Dispose() => log.Dispose();

    // JSON has no word for what is not a number.
    private static double? Number(double value) => double.IsFinite(value) ? value : null;

    private void Write<T>(T line) => log.WriteLine(JsonSerializer.Serialize(line, Json));
}
