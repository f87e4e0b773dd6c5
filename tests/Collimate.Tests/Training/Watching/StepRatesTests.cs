using Collimate.Torch;
using Collimate.Training.Watching;

namespace Collimate.Tests.Training.Watching;

public sealed class StepRatesTests
{
    private static readonly ComputeSetting Setting = new(Device.Cpu, null, 1);

    [Fact]
    public void Of_SeveralSteps_AddsThemUpOverTheirOwnTime()
    {
        var slow = MadeReports.Step(1) with { Duration = TimeSpan.FromSeconds(1.5), DataWait = TimeSpan.FromSeconds(0.95) };

        var rates = StepRates.Of(slow, MadeReports.Step(2));

        Assert.Equal((1.0, 8.0, 400.0, 0.5), (rates.Steps, rates.Samples, rates.Tokens, rates.DataWaitShare));
        Assert.Null(rates.Utilization);
    }

    [Fact]
    public void Of_CountedSteps_UtilizationIsTheShareOfThePeak()
    {
        var peak = MatrixPeak.Of(Setting);
        var half = MadeReports.Step(1) with { Compute = Setting, ModelFlops = peak * 0.25 }; // in half a second

        Assert.Equal(0.5, StepRates.Of(half).Utilization!.Value, 1e-12);
        Assert.Equal(0.125, StepRates.Of(half with { Compute = Setting with { Processes = 4 } }).Utilization!.Value, 1e-12);
        Assert.Null(StepRates.Of(half, half with { ModelFlops = 0 }).Utilization);
    }

    [Fact]
    public void Peak_AskedAgain_IsTheOneThatWasMeasured()
    {
        var before = SettledTensors.Count();
        var first = MatrixPeak.Of(Setting);

        Assert.InRange(first, 1e6, 1e15);
        Assert.Equal(first, MatrixPeak.Of(Setting));
        Assert.Equal(before, LiveTensors.Count);
    }
}
