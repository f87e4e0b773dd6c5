using Collimate.Cli.Display;
using Collimate.Tests.Training.Watching;
using Collimate.Torch;
using Collimate.Training.Watching;

namespace Collimate.Tests.Cli;

public sealed class TrainingDisplayTests
{
    [Fact]
    public void OnStep_Figures_AreThoseOfTheLastTwentySteps()
    {
        var shown = new Shown();
        using var display = new TrainingDisplay(shown);

        display.OnStep(MadeReports.Step(1, loss: 1000)); // the twenty-first from the end
        for (var step = 2; step <= 21; step++)
        {
            display.OnStep(MadeReports.Step(step, loss: step <= 11 ? 1 : 3));
        }

        Assert.Equal(["start align of 10 steps"], shown.Said[..1]);
        Assert.Equal("21: loss 2.000, 800 tokens/s, data wait 10.0%, 123 live tensors", shown.Said[^1]);
        Assert.Equal(21, display.History["align"].Steps.Count);
    }

    [Fact]
    public void OnStep_WorkIsCounted_ShowsItsShareOfThePeak()
    {
        var shown = new Shown();
        using var display = new TrainingDisplay(shown);
        var setting = new ComputeSetting(Device.Cpu, null, 1);

        display.OnStep(MadeReports.Step(1) with { Compute = setting, ModelFlops = MatrixPeak.Of(setting) * 0.125 }); // in half a second

        Assert.Equal("1: loss 2.500, 800 tokens/s, MFU 25.0%, data wait 10.0%, 123 live tensors", shown.Said[^1]);
    }

    private sealed class Shown : IProgressDisplay
    {
        public List<string> Said { get; } = [];

        public void Start(string title, long total, string unit) => Said.Add($"start {title} of {total} {unit}");

        public void Report(long done, string details = "") => Said.Add($"{done}: {details}");

        public void Note(string text) => Said.Add(text);

        public void Finish()
        {
        }
    }
}
