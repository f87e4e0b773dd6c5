using Collimate.Torch.Optimization;

namespace Collimate.Torch.Tests.Optimization;

public class LearningRateScheduleTests
{
    [Fact]
    public void FactorAt_WhileWarmingUp_RisesAlongALineToOne()
    {
        foreach (var schedule in (LearningRateSchedule[])[LearningRateSchedule.Cosine(100, 10, 0.1), LearningRateSchedule.Linear(100, 10), LearningRateSchedule.Constant(100, 10)])
        {
            for (var step = 0; step < 10; step++)
            {
                Assert.Equal((step + 1) / 10.0, schedule.FactorAt(step), 12);
            }
        }
    }

    [Theory]
    [InlineData(10, 1)]     // the top of the cosine
    [InlineData(40, 0.775)] // a third: 0.1 + 0.9·(1 + 1/2)/2
    [InlineData(55, 0.55)]  // half way: 0.1 + 0.9/2
    [InlineData(70, 0.325)] // two thirds
    [InlineData(100, 0.1)]  // the floor, and it stays
    [InlineData(1000, 0.1)]
    public void FactorAt_OnACosine_HasItsClosedForm(long step, double expected) =>
        Assert.Equal(expected, LearningRateSchedule.Cosine(100, 10, 0.1).FactorAt(step), 1e-12);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(25, 0.8)]
    [InlineData(50, 0.6)]
    [InlineData(100, 0.2)]
    [InlineData(101, 0.2)]
    public void FactorAt_OnALine_HasItsClosedForm(long step, double expected) =>
        Assert.Equal(expected, LearningRateSchedule.Linear(100, 0, 0.2).FactorAt(step), 12);

    [Fact]
    public void FactorAt_WhenConstant_StaysOne() =>
        Assert.All(Enumerable.Range(5, 200), step => Assert.Equal(1, LearningRateSchedule.Constant(100, 5).FactorAt(step)));

    [Fact]
    public void FactorAt_AfterWarmingUp_NeverRisesAndNeverFallsBelowTheFloor()
    {
        foreach (var schedule in (LearningRateSchedule[])[LearningRateSchedule.Cosine(57, 7, 0.05), LearningRateSchedule.Linear(57, 7, 0.05)])
        {
            for (var step = 7L; step < 80; step++)
            {
                Assert.InRange(schedule.FactorAt(step + 1), 0.05 - 1e-12, schedule.FactorAt(step));
            }
        }
    }

    [Theory]
    [InlineData(1000, 0.03, 30)]
    [InlineData(10, 0.03, 1)]
    [InlineData(10, 0, 0)]
    [InlineData(10, 1, 10)]
    public void WarmupStepsOf_ARatio_RoundsUp(long total, double ratio, long expected) =>
        Assert.Equal(expected, LearningRateSchedule.WarmupStepsOf(total, ratio));

    [Fact]
    public void Schedules_OutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Cosine(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Cosine(10, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Linear(10, 0, 1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Linear(10, 0, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.WarmupStepsOf(10, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Linear(10).FactorAt(-1));
    }
}
