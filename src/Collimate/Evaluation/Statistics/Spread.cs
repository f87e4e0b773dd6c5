namespace Collimate.Evaluation.Statistics;

/// <summary>Mean and spread of a few numbers.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The sample's standard deviation; NaN for one number.</param>
/// <param name="Count">How many numbers.</param>
public readonly record struct Spread(double Mean, double Deviation, int Count)
{
    /// <summary>The spread of numbers.</summary>
    public static Spread Of(IReadOnlyList<double> numbers)
    {
        var mean = numbers.Average();
        return new Spread(mean, Math.Sqrt(numbers.Sum(n => (n - mean) * (n - mean)) / (numbers.Count - 1)), numbers.Count);
    }
}
