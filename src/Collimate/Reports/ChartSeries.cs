namespace Collimate.Reports;

/// <summary>A named line of a chart.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="X">Where its points stand across, rising.</param>
/// <param name="Y">Their values; points that are not finite are left out.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>A further remark for the legend.</summary>
    public string Note { get; init; } = "";

    /// <summary>Where the band around the line begins, a value for each point; empty for no band.</summary>
    public IReadOnlyList<double> Lower { get; init; } = [];

    /// <summary>Where the band ends.</summary>
    public IReadOnlyList<double> Upper { get; init; } = [];

    /// <summary>The finite points in order.</summary>
    /// <exception cref="InvalidOperationException">There are more places than values, or the other way round.</exception>
    internal (double X, double Y)[] Points() => X.Count == Y.Count && Lower.Count == Upper.Count && (Lower.Count == 0 || Lower.Count == Y.Count)
        ? [.. X.Zip(Y).Where(point => double.IsFinite(point.First) && double.IsFinite(point.Second))]
        : throw new InvalidOperationException($"series '{Name}' has {X.Count} places but {Y.Count} values, and a band of {Lower.Count} and {Upper.Count}");

    /// <summary>Averages neighbours, so that noise does not hide the course: each point becomes the mean of a window around it, which shrinks at the ends.</summary>
    internal static (double X, double Y)[] Smooth((double X, double Y)[] points, int radius)
    {
        var sums = new double[points.Length + 1];
        for (var k = 0; k < points.Length; k++)
        {
            sums[k + 1] = sums[k] + points[k].Y;
        }

        return [.. points.Select((point, k) =>
        {
            var reach = Math.Min(radius, Math.Min(k, points.Length - 1 - k));
            return (point.X, (sums[k + reach + 1] - sums[k - reach]) / ((2 * reach) + 1));
        })];
    }

    /// <summary>At most so many points: each the mean of a run of neighbours.</summary>
    internal static (double X, double Y)[] Thin((double X, double Y)[] points, int most) => points.Length <= most
        ? points
        : [.. Enumerable.Range(0, most).Select(bin =>
        {
            var run = points[(int)((long)bin * points.Length / most)..(int)((long)(bin + 1) * points.Length / most)];
            return (run.Average(point => point.X), run.Average(point => point.Y));
        })];
}
