namespace Collimate.Evaluation.Statistics;

/// <summary>Whether two models that answered the same questions differ: the difference of a figure, its interval, and how often it has the other sign when questions are drawn anew.</summary>
/// <remarks>
/// The same questions are drawn of both. PValue = min(1, 2 · min((1 + draws ≤ 0) / (1 + draws), (1 + draws ≥ 0) / (1 + draws))): two-sided, and never below 2 / (1 + draws).
/// </remarks>
/// <param name="Difference">The first's figure less the second's.</param>
/// <param name="Low">The lower bound of its interval.</param>
/// <param name="High">The upper bound.</param>
/// <param name="PValue">How likely a difference as large as this would be if there were none, 0 to 1.</param>
public readonly record struct PairedBootstrap(double Difference, double Low, double High, double PValue)
{
    /// <summary>The difference of two means.</summary>
    /// <param name="first">A score for each question.</param>
    /// <param name="second">The other model's, in the same order.</param>
    /// <param name="options">How often and from which seed; the default where null.</param>
    /// <exception cref="Data.DataException">There is no score, one is not finite, or the lists differ in length.</exception>
    public static PairedBootstrap OfMeans(IReadOnlyList<double> first, IReadOnlyList<double> second, BootstrapOptions? options = null) =>
        Of([.. first.Select(value => new[] { value })], [.. second.Select(value => new[] { value })], sums => [sums[0] / first.Count], options)[0];

    /// <summary>The differences of several figures that follow from the sums of what every unit counts.</summary>
    /// <param name="first">What each unit counts of the first model's answers.</param>
    /// <param name="second">The same of the second's, in the same order.</param>
    /// <param name="figures">The figures of the sums.</param>
    /// <param name="options">How often and from which seed; the default where null.</param>
    /// <exception cref="Data.DataException">There is no unit, a count is not finite, or the lists differ in length.</exception>
    public static PairedBootstrap[] Of(IReadOnlyList<double[]> first, IReadOnlyList<double[]> second, Func<double[], double[]> figures, BootstrapOptions? options = null)
    {
        options ??= BootstrapOptions.Default;
        Resampling.Check(first, second);
        double[] differences = [.. figures(Resampling.Sum(first)).Zip(figures(Resampling.Sum(second)), (one, other) => one - other)];
        var drawn = differences.Select(_ => new double[options.Resamples]).ToArray();
        Resampling.Draw(first, second, options, (draw, sums, others) =>
        {
            var (ones, twos) = (figures(sums), figures(others));
            for (var at = 0; at < drawn.Length; at++)
            {
                drawn[at][draw] = ones[at] - twos[at];
            }
        });
        return [.. differences.Select((difference, at) =>
        {
            var (low, high) = Resampling.Bounds(drawn[at], options.Level);
            return new PairedBootstrap(difference, low, high, P(drawn[at]));
        })];
    }

    private static double P(double[] drawn)
    {
        var known = drawn.Count(double.IsFinite);
        var rarer = Math.Min(drawn.Count(value => value <= 0), drawn.Count(value => value >= 0));
        return Math.Min(1, 2.0 * (1 + rarer) / (1 + known));
    }
}
