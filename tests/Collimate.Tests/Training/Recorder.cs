using Collimate.Training;

namespace Collimate.Tests.Training;

/// <summary>Keeps what a training reports.</summary>
internal sealed class Recorder(Action<StepReport>? onStep = null) : ITrainingObserver
{
    public List<StepReport> Steps { get; } = [];

    public List<long> Skipped { get; } = [];

    public void OnStep(StepReport report)
    {
        Steps.Add(report);
        onStep?.Invoke(report);
    }

    public void OnSkippedStep(long step, double gradientNorm) => Skipped.Add(step);
}
