using Collimate.Training;
using Collimate.Training.Watching;

namespace Collimate.Tests.Training.Watching;

public sealed class ObserverGroupTests
{
    [Fact]
    public void EveryEvent_ReachesEveryObserverInOrder()
    {
        var told = new List<string>();
        ITrainingObserver group = new ObserverGroup(new Teller("a", told), new Teller("b", told));

        group.OnStep(MadeReports.Step(1));
        group.OnSkippedStep(2, double.NaN);
        group.OnValidation(new ValidationReport("align", 3, 1, 0.25, false));
        group.OnBadSample(new BadSampleReport("align", 4, "x", "broken", 1, 2));
        group.OnNote("said");

        Assert.Equal(["a step 1", "b step 1", "a skipped 2", "b skipped 2", "a validation 3", "b validation 3", "a bad 4", "b bad 4", "a said", "b said"], told);
    }

    private sealed class Teller(string name, List<string> told) : ITrainingObserver
    {
        public void OnStep(StepReport report) => told.Add($"{name} step {report.Step}");

        public void OnSkippedStep(long step, double gradientNorm) => told.Add($"{name} skipped {step}");

        public void OnValidation(ValidationReport report) => told.Add($"{name} validation {report.Step}");

        public void OnBadSample(BadSampleReport report) => told.Add($"{name} bad {report.Step}");

        public void OnNote(string note) => told.Add($"{name} {note}");
    }
}
