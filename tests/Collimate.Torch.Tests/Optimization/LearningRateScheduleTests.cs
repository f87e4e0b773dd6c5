using Collimate.Torch.Optimization;

namespace Collimate.Torch.Tests.Optimization;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void Cosine_FollowsItsClosedForm()
    {
        var schedule = LearningRateSchedule.Cosine(110, warmupSteps: 10, floor: 0.1);
        Assert.Equal(0.1, schedule.FactorAt(0), 12);
        Assert.Equal(0.5, schedule.FactorAt(4), 12);
        Assert.Equal(1, schedule.FactorAt(9), 12);
        Assert.Equal(1, schedule.FactorAt(10), 12);
        for (var step = 10; step <= 110; step++)
        {
            Assert.Equal(0.1 + (0.9 * 0.5 * (1 + Math.Cos(Math.PI * (step - 10) / 100.0))), schedule.FactorAt(step), 12);
        }

        Assert.Equal(0.1, schedule.FactorAt(10_000), 12);
    }

    [Fact]
    public void Linear_FollowsItsClosedForm()
    {
        var schedule = LearningRateSchedule.Linear(20, warmupSteps: 4, floor: 0.2);
        Assert.Equal(0.25, schedule.FactorAt(0), 12);
        for (var step = 4; step <= 20; step++)
        {
            Assert.Equal(1 - (0.8 * (step - 4) / 16.0), schedule.FactorAt(step), 12);
        }
    }

    [Fact]
    public void Constant_AfterWarmup_IsOne()
    {
        var schedule = LearningRateSchedule.Constant(5, warmupSteps: 2);
        Assert.Equal([0.5, 1, 1, 1, 1, 1], Enumerable.Range(0, 6).Select(step => schedule.FactorAt(step)));
    }

    [Fact]
    public void FactorAt_WithWarmupOfTheWholeRunAndBeyond_StaysWithinBounds()
    {
        foreach (var warmup in (long[])[0, 10, 15])
        {
            var schedule = LearningRateSchedule.Cosine(10, warmup);
            Assert.All(Enumerable.Range(0, 30), step => Assert.InRange(schedule.FactorAt(step), 0, 1));
        }
    }

    [Fact]
    public void Settings_OutOfBounds_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Cosine(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Cosine(1, warmupSteps: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Linear(1, floor: 1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Linear(1, floor: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Constant(1).FactorAt(-1));
    }
}
