namespace Collimate.Reports;

/// <summary>Points in the plane as inline SVG: small ones for single runs, a large one for their mean.</summary>
public sealed class ScatterChart
{
    /// <summary>What the chart shows.</summary>
    public required string Title { get; init; }

    /// <summary>The lower axis's name.</summary>
    public required string XLabel { get; init; }

    /// <summary>The left axis's name.</summary>
    public required string YLabel { get; init; }

    /// <summary>The points, by what they are of; points that are not finite are left out.</summary>
    public required IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> Series { get; init; }

    /// <summary>Draws the chart.</summary>
    public HtmlFragment Render()
    {
        var clouds = Series.Select((series, number) => (series.Name, Number: number, Points: series.Points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y)).ToArray()))
            .Where(cloud => cloud.Points.Length > 0).ToArray();
        if (clouds.Length == 0)
        {
            return ChartFrame.Nothing(Title);
        }

        var all = clouds.SelectMany(cloud => cloud.Points).ToArray();
        var frame = new ChartFrame(
            Title, XLabel, YLabel, AxisTicks.Enclose(Math.Min(0, all.Min(point => point.X)), all.Max(point => point.X), 8), AxisTicks.Enclose(Math.Min(0, all.Min(point => point.Y)), all.Max(point => point.Y), 5));
        return frame.Figure(
            ChartLegend.Dots(Series.Select((series, number) => (series.Name, clouds.Any(cloud => cloud.Number == number) ? "" : "(not measured)"))),
            $"{Title}. " + string.Join(" ", clouds.Select(cloud => $"{cloud.Name}: {XLabel} {ReportText.Short(cloud.Points.Average(point => point.X))}, {YLabel} {ReportText.Short(cloud.Points.Average(point => point.Y))}.")),
            HtmlFragment.Join(clouds.Select(cloud => Cloud(frame, cloud.Name, cloud.Number % ChartLegend.Styles, cloud.Points))));
    }

    private HtmlFragment Cloud(ChartFrame frame, string name, int style, (double X, double Y)[] points)
    {
        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        return HtmlFragment.Of($"""
            {HtmlFragment.Join(points.Select(point => HtmlFragment.Of($"""<path class="thread s{style}" d="M{frame.X(x):0.#} {frame.Y(y):0.#}L{frame.X(point.X):0.#} {frame.Y(point.Y):0.#}"/><circle class="dot one s{style}" cx="{frame.X(point.X):0.#}" cy="{frame.Y(point.Y):0.#}" r="4"/>""")))}
            <circle class="dot s{style}" cx="{frame.X(x):0.#}" cy="{frame.Y(y):0.#}" r="8"><title>{name}: {XLabel} {ReportText.Short(x)}, {YLabel} {ReportText.Short(y)}</title></circle>
            """);
    }
}
