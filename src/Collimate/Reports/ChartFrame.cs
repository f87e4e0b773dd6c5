namespace Collimate.Reports;

/// <summary>The frame that all charts stand in: a canvas, two axes with round marks, and the way from values to places.</summary>
/// <param name="Title">What the chart shows.</param>
/// <param name="XLabel">The lower axis's name.</param>
/// <param name="YLabel">The left axis's name; empty for none.</param>
/// <param name="XMarks">The lower axis's marks.</param>
/// <param name="YMarks">The left axis's marks; the axis ends with them.</param>
internal sealed record ChartFrame(string Title, string XLabel, string YLabel, AxisTicks XMarks, AxisTicks YMarks)
{
    private const int Width = 720;
    private const int Left = 52;
    private const int Right = 26;
    private const int Bottom = 42;

    /// <summary>Where the drawing begins, from above.</summary>
    internal const int Top = 26;

    /// <summary>The canvas's height; its width is the same for all charts.</summary>
    internal int Height { get; init; } = 300;

    /// <summary>What stands at the left end of the lower axis.</summary>
    internal double First { get; init; } = XMarks.First;

    /// <summary>What stands at its right end.</summary>
    internal double Last { get; init; } = XMarks.Last;

    /// <summary>Where the lower axis stands, from above.</summary>
    internal int Floor => Height - Bottom;

    /// <summary>Where a value stands across.</summary>
    internal double X(double value) => Left + ((value - First) / (Last - First) * (Width - Left - Right));

    /// <summary>Where a value stands from above.</summary>
    internal double Y(double value) => Floor - ((value - YMarks.First) / (YMarks.Last - YMarks.First) * (Floor - Top));

    /// <summary>What stands in a chart's place where it has nothing to show.</summary>
    internal static HtmlFragment Nothing(string title) => HtmlFragment.Of($"""<p class="note">{title}: no values were recorded.</p>""");

    /// <summary>The figure of a page.</summary>
    /// <param name="legend">What the lines and areas are; empty for none.</param>
    /// <param name="description">The chart in words, for those who cannot see it.</param>
    /// <param name="content">What is drawn between the axes.</param>
    internal HtmlFragment Figure(HtmlFragment legend, string description, HtmlFragment content) => HtmlFragment.Of($"""
        <figure class="chart">
        <figcaption>{Title}</figcaption>
        {legend}
        <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{description}">
        {Axes()}
        {content}
        </svg>
        <p class="axes" aria-hidden="true">across: {XLabel}{(YLabel.Length > 0 ? $"; upwards: {YLabel}" : "")}</p>
        </figure>
        """);

    private HtmlFragment Axes()
    {
        const double slack = 1e-9;
        return HtmlFragment.Of($"""
            <g class="axis">
            {HtmlFragment.Join(YMarks.Values.Select(value => HtmlFragment.Of(
                $"""<path class="grid" d="M{Left} {Y(value):0.#}H{Width - Right}"/><text x="{Left - 8}" y="{Y(value) + 4:0.#}" text-anchor="end">{ReportText.Short(value)}</text>""")))}
            {HtmlFragment.Join(XMarks.Values.Where(value => value >= First - slack && value <= Last + slack).Select((value, place) => HtmlFragment.Of(
                $"""<path class="tick" d="M{X(value):0.#} {Floor}v5"/><text class="{(place % 2 == 0 ? "across" : "across between")}" x="{X(value):0.#}" y="{Floor + 19}" text-anchor="middle">{Math.Round(value, 6):0.###}</text>""")))}
            <text class="name" x="{Width - Right}" y="{Height - 6}" text-anchor="end">{XLabel}</text>
            <text class="name" x="{(YLabel.Length > 6 ? 2 : Left - 8)}" y="12" text-anchor="{(YLabel.Length > 6 ? "start" : "end")}">{YLabel}</text>
            </g>
            """);
    }
}
