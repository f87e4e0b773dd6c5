namespace Collimate.Reports;

/// <summary>A line chart as inline SVG: each series as a faint line of its values and a strong one of their smoothed course.</summary>
public sealed class LineChart
{
    private const int Width = 720;
    private const int Height = 300;
    private const int Left = 52;
    private const int Right = 12;
    private const int Top = 26;
    private const int Bottom = 42;
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
        var lines = Series.Select(series => (Series: series, Points: series.Points())).Where(line => line.Points.Length > 0).ToArray();
        if (lines.Length == 0)
        {
            return HtmlFragment.Of($"""<p class="note">{Title}: no values were recorded.</p>""");
        }

        var all = lines.SelectMany(line => line.Points).ToArray();
        var x = AxisTicks.Enclose(Math.Min(0, all.Min(point => point.X)), all.Max(point => point.X), 8);
        var y = AxisTicks.Enclose(Math.Min(0, all.Min(point => point.Y)), all.Max(point => point.Y), 5);
        // The lower axis ends with the data; only its marks are round.
        var frame = new Frame(x.First, all.Max(point => point.X) is var last && last > x.First ? last : x.Last, y.First, y.Last);
        return HtmlFragment.Of($"""
            <figure class="chart">
            <figcaption>{Title}</figcaption>
            {Legend(lines.Select(line => line.Series))}
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{Describe(lines)}">
            {Axes(frame, x, y)}
            {HtmlFragment.Join(lines.Select((line, number) => Line(frame, line.Series.Name, line.Points, number)))}
            </svg>
            </figure>
            """);
    }

    private static HtmlFragment Legend(IEnumerable<ChartSeries> series) => HtmlFragment.Of($"""
        <ul class="legend">
        {HtmlFragment.Join(series.Select((one, number) => HtmlFragment.Of(
            $"""<li><svg class="key" viewBox="0 0 28 8" aria-hidden="true"><path class="line s{number % 4}" d="M1 4H27"/></svg><b>{one.Name}</b> {one.Note}</li>""")))}
        </ul>
        """);

    private string Describe((ChartSeries Series, (double X, double Y)[] Points)[] lines) =>
        $"{Title}. " + string.Join(" ", lines.Select(line => Describe(line.Series.Name, line.Points)));

    private string Describe(string name, (double X, double Y)[] points)
    {
        var smooth = ChartSeries.Smooth(points, Radius(points.Length));
        return $"{name}: {YLabel} from {ReportText.Short(smooth[0].Y)} at {XLabel} {ReportText.Short(points[0].X)} to {ReportText.Short(smooth[^1].Y)} at {XLabel} {ReportText.Short(points[^1].X)}.";
    }

    private HtmlFragment Axes(Frame frame, AxisTicks x, AxisTicks y) => HtmlFragment.Of($"""
        <g class="axis">
        {HtmlFragment.Join(y.Values.Select(value => HtmlFragment.Of(
            $"""<path class="grid" d="M{Left} {frame.Y(value):0.#}H{Width - Right}"/><text x="{Left - 8}" y="{frame.Y(value) + 4:0.#}" text-anchor="end">{ReportText.Short(value)}</text>""")))}
        {HtmlFragment.Join(x.Values.Where(value => value <= frame.Right).Select(value => HtmlFragment.Of(
            $"""<path class="tick" d="M{frame.X(value):0.#} {Height - Bottom}v5"/><text x="{frame.X(value):0.#}" y="{Height - Bottom + 19}" text-anchor="middle">{value:0.###}</text>""")))}
        <text class="name" x="{Width - Right}" y="{Height - 6}" text-anchor="end">{XLabel}</text>
        <text class="name" x="{Left - 8}" y="12" text-anchor="end">{YLabel}</text>
        </g>
        """);

    private HtmlFragment Line(Frame frame, string name, (double X, double Y)[] points, int number)
    {
        var smooth = ChartSeries.Smooth(points, Radius(points.Length));
        var style = number % 4;
        var raw = Smoothing > 0
            ? HtmlFragment.Of($"""<path class="raw s{style}" d="{frame.Path(ChartSeries.Thin(points, MostPoints))}"/>""")
            : HtmlFragment.Empty;
        return HtmlFragment.Of($"""
            {raw}
            <path class="line s{style}" d="{frame.Path(ChartSeries.Thin(smooth, MostPoints))}"/>
            {HtmlFragment.Join(ChartSeries.Thin(smooth, Probes).Select(point => HtmlFragment.Of(
                $"""<circle class="probe s{style}" cx="{frame.X(point.X):0.#}" cy="{frame.Y(point.Y):0.#}" r="7"><title>{name}, {XLabel} {point.X:0}: {YLabel} {ReportText.Short(point.Y)}</title></circle>""")))}
            """);
    }

    private int Radius(int points) => (int)Math.Round(Smoothing * points);

    /// <summary>From values to places on the canvas.</summary>
    private readonly record struct Frame(double Left, double Right, double Low, double High)
    {
        internal double X(double value) => LineChart.Left + ((value - Left) / (Right - Left) * (Width - LineChart.Left - LineChart.Right));

        internal double Y(double value) => Height - Bottom - ((value - Low) / (High - Low) * (Height - Top - Bottom));

        internal string Path((double X, double Y)[] points)
        {
            var frame = this;
            return points.Length == 1
                ? FormattableString.Invariant($"M{frame.X(points[0].X) - 2:0.#} {frame.Y(points[0].Y):0.#}h4")
                : "M" + string.Join("L", points.Select(point => FormattableString.Invariant($"{frame.X(point.X):0.#} {frame.Y(point.Y):0.#}")));
        }
    }
}
