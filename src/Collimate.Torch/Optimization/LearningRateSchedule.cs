namespace Collimate.Torch.Optimization;

/// <summary>The course of a learning rate, as a factor on its highest value: up along a line while warming up, then down.</summary>
public sealed class LearningRateSchedule
{
    private readonly Func<double, double> descent;

    private LearningRateSchedule(long totalSteps, long warmupSteps, double floor, Func<double, double> descent)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(totalSteps, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(warmupSteps);
        if (floor is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(floor), floor, "the floor is a part of the highest rate: between 0 and 1");
        }

        (TotalSteps, WarmupSteps, Floor, this.descent) = (totalSteps, warmupSteps, floor, descent);
    }

    /// <summary>Steps in all.</summary>
    public long TotalSteps { get; }

    /// <summary>Steps of warming up, in which the factor rises to 1.</summary>
    public long WarmupSteps { get; }

    /// <summary>The factor at the end.</summary>
    public double Floor { get; }

    /// <summary>Down along half a cosine: floor + (1 − floor) · (1 + cos πp)/2.</summary>
    public static LearningRateSchedule Cosine(long totalSteps, long warmupSteps = 0, double floor = 0) =>
        new(totalSteps, warmupSteps, floor, p => (1 + Math.Cos(Math.PI * p)) / 2);

    /// <summary>Down along a line.</summary>
    public static LearningRateSchedule Linear(long totalSteps, long warmupSteps = 0, double floor = 0) =>
        new(totalSteps, warmupSteps, floor, p => 1 - p);

    /// <summary>Level after warming up.</summary>
    public static LearningRateSchedule Constant(long totalSteps, long warmupSteps = 0) => new(totalSteps, warmupSteps, 1, _ => 1);

    /// <summary>The factor of a step.</summary>
    /// <param name="step">The step's number, from 0.</param>
    public double FactorAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < WarmupSteps)
        {
            return (double)(step + 1) / WarmupSteps;
        }

        var progress = Math.Min(1, (double)(step - WarmupSteps) / Math.Max(1, TotalSteps - WarmupSteps));
        return Floor + ((1 - Floor) * descent(progress));
    }
}
