using Collimate.Evaluation.Language;

namespace Collimate.Training.Watching;

/// <summary>Several observers as one: each is told everything, in their order.</summary>
/// <param name="observers">The observers.</param>
public sealed class ObserverGroup(params IReadOnlyList<ITrainingObserver> observers) : ITrainingObserver
{
    /// <inheritdoc/>
    public void OnStep(StepReport report) => Tell(observer => observer.OnStep(report));

    /// <inheritdoc/>
    public void OnSkippedStep(long step, double gradientNorm) => Tell(observer => observer.OnSkippedStep(step, gradientNorm));

    /// <inheritdoc/>
    public void OnValidation(ValidationReport report) => Tell(observer => observer.OnValidation(report));

    /// <inheritdoc/>
    public void OnRetention(RetentionScore score) => Tell(observer => observer.OnRetention(score));

    /// <inheritdoc/>
    public void OnBadSample(BadSampleReport report) => Tell(observer => observer.OnBadSample(report));

    /// <inheritdoc/>
    public void OnNote(string note) => Tell(observer => observer.OnNote(note));

    private void Tell(Action<ITrainingObserver> what)
    {
        foreach (var observer in observers)
        {
            what(observer);
        }
    }
}
