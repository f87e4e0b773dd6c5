namespace Collimate.Evaluation.Statistics;

/// <summary>A figure of a set and the interval in which it lies when the set is drawn anew from itself.</summary>
/// <remarks>Efron 1979, percentile interval. Units are drawn, not answers, where answers are scored together: a picture's two questions, a question's rotations.</remarks>
/// <param name="Estimate">The figure of the set itself.</param>
/// <param name="Low">The interval's lower bound.</param>
/// <param name="High">Its upper bound.</param>
public readonly record struct BootstrapInterval(double Estimate, double Low, double High)
{
    /// <summary>The mean of some values.</summary>
    /// <param name="values">The values.</param>
    /// <param name="options">How often and from which seed; the default where null.</param>
    /// <exception cref="Data.DataException">There is no value, or one is not finite.</exception>
    public static BootstrapInterval OfMean(IReadOnlyList<double> values, BootstrapOptions? options = null) =>
        Of([.. values.Select(value => new[] { value })], sums => [sums[0] / values.Count], options)[0];

    /// <summary>Several figures that follow from the sums of what every unit counts: shares, F1, sums of shares.</summary>
    /// <param name="units">What each unit counts, all of the same length.</param>
    /// <param name="figures">The figures of the sums; a figure may be NaN for a set that does not define it, which is then left out.</param>
    /// <param name="options">How often and from which seed; the default where null.</param>
    /// <exception cref="Data.DataException">There is no unit, or a count is not finite.</exception>
    public static BootstrapInterval[] Of(IReadOnlyList<double[]> units, Func<double[], double[]> figures, BootstrapOptions? options = null)
    {
        options ??= BootstrapOptions.Default;
        Resampling.Check(units);
        var estimates = figures(Resampling.Sum(units));
        var drawn = estimates.Select(_ => new double[options.Resamples]).ToArray();
        Resampling.Draw(units, null, options, (draw, sums, _) =>
        {
            foreach (var (at, value) in figures(sums).Index())
            {
                drawn[at][draw] = value;
            }
        });
        return [.. estimates.Select((estimate, at) =>
        {
            var (low, high) = Resampling.Bounds(drawn[at], options.Level);
            return new BootstrapInterval(estimate, low, high);
        })];
    }
}
