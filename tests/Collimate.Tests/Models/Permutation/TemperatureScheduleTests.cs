using Collimate.Models.Permutation;

namespace Collimate.Tests.Models.Permutation;

public sealed class TemperatureScheduleTests
{
    // The values that the authors' run printed; it counts its steps from 1 and takes the temperature of those before.
    [Theory]
    [InlineData(1, 2)]
    [InlineData(100, 1.954)]
    [InlineData(200, 1.820)]
    [InlineData(300, 1.611)]
    [InlineData(400, 1.346)]
    [InlineData(500, 1.053)]
    [InlineData(600, 0.759)]
    [InlineData(1001, 0.1)]
    public void At_StepOfAThousand_IsThePublishedValue(int step, double expected) =>
        Assert.Equal(expected, new TemperatureSchedule(2, 0.1).At((step - 1) / 1000.0), 5e-4);

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(7, 0.1)]
    public void At_BeyondTheCourse_StaysAtItsEnds(double progress, double expected) => Assert.Equal(expected, new TemperatureSchedule(2, 0.1).At(progress), 1e-12);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, -1)]
    [InlineData(double.NaN, 1)]
    [InlineData(1, double.PositiveInfinity)]
    public void Fault_TemperatureThatCannotDivide_IsNamed(double start, double end)
    {
        Assert.Contains("above 0", new TemperatureSchedule(start, end).Fault, StringComparison.Ordinal);
        Assert.Null(new TemperatureSchedule(2, 0.1).Fault);
    }
}
