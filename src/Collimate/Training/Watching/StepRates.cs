namespace Collimate.Training.Watching;

/// <summary>What one step, or several together, come to by the second of their own time: validation and checkpoints between them do not count.</summary>
/// <param name="Steps">Steps a second.</param>
/// <param name="Samples">Samples a second.</param>
/// <param name="Tokens">Positions a second, pictures' tokens among them.</param>
/// <param name="DataWaitShare">The share of the time that was spent waiting for data, from 0 to 1.</param>
/// <param name="Utilization">
/// Model-FLOPs utilisation: what the model needs (<see cref="StepReport.ModelFlops"/>) over what the machine could do in that time (<see cref="MatrixPeak"/>); null where
/// the steps' work is not counted.
/// </param>
public sealed record StepRates(double Steps, double Samples, double Tokens, double DataWaitShare, double? Utilization)
{
    private const double Least = 1e-9;

    /// <summary>The rates of steps.</summary>
    /// <param name="steps">Their reports; at least one.</param>
    public static StepRates Of(params IReadOnlyCollection<StepReport> steps)
    {
        var seconds = Math.Max(Least, steps.Sum(step => step.Duration.TotalSeconds));
        var isCounted = steps.All(step => step is { ModelFlops: > 0, Compute: not null });
        return new StepRates(
            steps.Count / seconds,
            steps.Sum(step => (double)step.Samples) / seconds,
            steps.Sum(step => (double)step.Tokens) / seconds,
            steps.Sum(step => step.DataWait.TotalSeconds) / seconds,
            isCounted ? steps.Sum(step => step.ModelFlops) / (seconds * MatrixPeak.Of(steps.First().Compute!)) : null);
    }
}
