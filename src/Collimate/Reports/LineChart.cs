namespace Collimate.Reports;

/// <summary>A line chart as inline SVG: each series as a faint line of its values and a strong one of their smoothed course, on the band that it may lie in.</summary>
public sealed class LineChart
{
    private const int MostPoints = 480;
    private const int Probes = 48;

    /// <summary>What the chart shows.</summary>
    public required string Title { get; init; }

    /// <summary>The lower axis's name.</summary>
    public required string XLabel { get; init; }

    /// <summary>The left axis's name.</summary>
    public required string YLabel { get; init; }

    /// <summary>The lines.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>How much is averaged, as a share of a series' points on either side of each; 0 shows the values alone.</summary>
    public double Smoothing { get; init; } = 0.03;

    /// <summary>Draws the chart.</summary>
    public HtmlFragment Render()
    {
        var lines = Series.Select((series, number) => (Series: series, Number: number, Points: series.Points())).Where(line => line.Points.Length > 0).ToArray();
        if (lines.Length == 0)
        {
            return ChartFrame.Nothing(Title);
        }

        var all = lines.SelectMany(line => line.Points).ToArray();
        var x = AxisTicks.Enclose(Math.Min(0, all.Min(point => point.X)), all.Max(point => point.X), 8);
        var highest = lines.Max(line => line.Series.Upper.Where(double.IsFinite).Concat(line.Points.Select(point => point.Y)).Max());
        var y = AxisTicks.Enclose(Math.Min(0, all.Min(point => point.Y)), highest, 5);
        // The lower axis ends with the data; only its marks are round.
        var frame = new ChartFrame(Title, XLabel, YLabel, x, y) { Last = all.Max(point => point.X) is var last && last > x.First ? last : x.Last };
        return frame.Figure(
            ChartLegend.Lines(Series.Select(series => (series.Name, series.Note))), Describe(lines.Select(line => (line.Series.Name, line.Points))),
            HtmlFragment.Join([.. lines.Select(line => Band(frame, line.Series, line.Number)), .. lines.Select(line => Line(frame, line.Series.Name, line.Points, line.Number))]));
    }

    private string Describe(IEnumerable<(string Name, (double X, double Y)[] Points)> lines) =>
        $"{Title}. " + string.Join(" ", lines.Select(line => Describe(line.Name, line.Points)));

    private string Describe(string name, (double X, double Y)[] points)
    {
        var smooth = ChartSeries.Smooth(points, Radius(points.Length));
        return $"{name}: {YLabel} from {ReportText.Short(smooth[0].Y)} at {XLabel} {ReportText.Short(points[0].X)} to {ReportText.Short(smooth[^1].Y)} at {XLabel} {ReportText.Short(points[^1].X)}.";
    }

    private HtmlFragment Band(ChartFrame frame, ChartSeries series, int number)
    {
        if (series.Lower.Count == 0)
        {
            return HtmlFragment.Empty;
        }

        (double X, double Y)[] Edge(IReadOnlyList<double> values) =>
            ChartSeries.Thin(ChartSeries.Smooth([.. series.X.Zip(values).Where(point => double.IsFinite(point.Second))], Radius(values.Count)), MostPoints);
        var (upper, lower) = (Edge(series.Upper), Edge(series.Lower));
        return upper.Length < 2 ? HtmlFragment.Empty : HtmlFragment.Of(
            $"""<path class="band s{number % ChartLegend.Styles}" d="{Path(frame, upper)}{Path(frame, [.. lower.Reverse()]).Replace('M', 'L')}Z"/>""");
    }

    private HtmlFragment Line(ChartFrame frame, string name, (double X, double Y)[] points, int number)
    {
        var smooth = ChartSeries.Smooth(points, Radius(points.Length));
        var style = number % ChartLegend.Styles;
        var raw = Smoothing > 0 && Series[number].Lower.Count == 0
            ? HtmlFragment.Of($"""<path class="raw s{style}" d="{Path(frame, ChartSeries.Thin(points, MostPoints))}"/>""")
            : HtmlFragment.Empty;
        return HtmlFragment.Of($"""
            {raw}
            <path class="line s{style}" d="{Path(frame, ChartSeries.Thin(smooth, MostPoints))}"/>
            {HtmlFragment.Join(ChartSeries.Thin(smooth, Probes).Select(point => HtmlFragment.Of(
                $"""<circle class="probe s{style}" cx="{frame.X(point.X):0.#}" cy="{frame.Y(point.Y):0.#}" r="7"><title>{name}, {XLabel} {point.X:0}: {YLabel} {ReportText.Short(point.Y)}</title></circle>""")))}
            """);
    }

    private int Radius(int points) => (int)Math.Round(Smoothing * points);

    private static string Path(ChartFrame frame, (double X, double Y)[] points) => points.Length == 1
        ? FormattableString.Invariant($"M{frame.X(points[0].X) - 2:0.#} {frame.Y(points[0].Y):0.#}h4")
        : "M" + string.Join("L", points.Select(point => FormattableString.Invariant($"{frame.X(point.X):0.#} {frame.Y(point.Y):0.#}")));
}
