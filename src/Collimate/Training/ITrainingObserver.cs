using System.Globalization;
using Collimate.Evaluation.Language;
using Collimate.Training.Watching;

namespace Collimate.Training;

/// <summary>Is told what happens during training; it shows or records, and never changes the run.</summary>
public interface ITrainingObserver
{
    /// <summary>A step is done.</summary>
    void OnStep(StepReport report);

    /// <summary>A step's gradients were not finite, so the parameters were left as they were.</summary>
    void OnSkippedStep(long step, double gradientNorm);

    /// <summary>The stage was judged.</summary>
    void OnValidation(ValidationReport report)
    {
    }

    /// <summary>It was measured how the decoder speaks.</summary>
    void OnRetention(RetentionScore score) => OnNote(
        $"language after {score.After}: {string.Join(", ", score.Measures.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Name.Replace('_', ' ')} {one.Value:0.###}")))}");

    /// <summary>A sample cannot be used; it is passed over.</summary>
    void OnBadSample(BadSampleReport report) => OnNote(
        $"{report.Stage}, step {report.Step}: a sample was passed over ({report.Skipped:N0} of {report.Drawn:N0} so far). {report.Reason}");

    /// <summary>Something happened that whoever watches should know.</summary>
    void OnNote(string note)
    {
    }
}

/// <summary>How a stage was judged.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Step">After how many steps.</param>
/// <param name="Loss">The mean loss of an answer token.</param>
/// <param name="Exact">The share of answers that greedy decoding would give exactly, 0 to 1.</param>
/// <param name="IsBest">Whether the loss is the lowest so far.</param>
public sealed record ValidationReport(string Stage, long Step, double Loss, double Exact, bool IsBest);

/// <summary>A sample that cannot be used and was passed over.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Step">The number of the step that it was drawn for, from 1.</param>
/// <param name="Sample">Its name, or its place where it has none.</param>
/// <param name="Reason">What is wrong with it, and how to mend it.</param>
/// <param name="Skipped">How many samples have been passed over since the run was started or resumed, this one among them.</param>
/// <param name="Drawn">How many have been drawn since then.</param>
public sealed record BadSampleReport(string Stage, long Step, string Sample, string Reason, long Skipped, long Drawn);

/// <summary>One step in numbers.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Step">Its number, from 1.</param>
/// <param name="TotalSteps">How many there will be.</param>
/// <param name="Loss">The batch's loss.</param>
/// <param name="GradientNorm">The norm of all gradients before clipping.</param>
/// <param name="LearningRate">The first group's learning rate.</param>
/// <param name="Samples">Samples in the batch.</param>
/// <param name="Tokens">Positions in the batch.</param>
/// <param name="Elapsed">Time since the stage began in this process.</param>
/// <param name="Duration">The step's own time.</param>
/// <param name="DataWait">How long the step waited for its data.</param>
public sealed record StepReport(
    string Stage, long Step, long TotalSteps, double Loss, double GradientNorm, double LearningRate,
    int Samples, int Tokens, TimeSpan Elapsed, TimeSpan Duration, TimeSpan DataWait)
{
    internal static readonly IReadOnlyDictionary<string, double> NoMeasures = new Dictionary<string, double>();

    /// <summary>What the model's seams reported of the batch, by name.</summary>
    public IReadOnlyDictionary<string, double> Measures { get; init; } = NoMeasures;

    /// <summary>Floating-point operations that the model needs for the batch, over all processes (<see cref="Watching.ModelFlops"/>); 0 where they are not counted.</summary>
    public double ModelFlops { get; init; }

    /// <summary>What the step was computed with; null where nobody said.</summary>
    public ComputeSetting? Compute { get; init; }

    /// <summary>What samples are called where their rate is shown rather than that of tokens; null for tokens.</summary>
    public string? SampleName { get; init; }

    /// <summary>Tensors alive in this process after the step.</summary>
    public long LiveTensors { get; init; }

    /// <summary>Resident memory of this process after the step, in bytes.</summary>
    public long ResidentBytes { get; init; }
}
