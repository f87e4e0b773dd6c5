namespace Collimate.Reports;

/// <summary>A histogram as inline SVG: a bar for every bin, and lines at values that are worth pointing at.</summary>
public sealed class Histogram
{
    private const int Width = 720;
    private const int Height = 260;
    private const int Left = 52;
    private const int Right = 12;
    private const int Top = 26;
    private const int Bottom = 42;

    /// <summary>What the histogram shows.</summary>
    public required string Title { get; init; }

    /// <summary>The lower axis's name.</summary>
    public required string XLabel { get; init; }

    /// <summary>The left axis's name.</summary>
    public string YLabel { get; init; } = "share";

    /// <summary>Where the first bin begins.</summary>
    public required double Low { get; init; }

    /// <summary>How wide each bin is.</summary>
    public required double BinWidth { get; init; }

    /// <summary>How many values lie in each bin.</summary>
    public required IReadOnlyList<long> Counts { get; init; }

    /// <summary>Values to point at, with what they are.</summary>
    public IReadOnlyList<(double Value, string Name)> Marks { get; init; } = [];

    /// <summary>Draws the histogram as a figure of a page; empty bins at both ends are left out.</summary>
    public HtmlFragment Render() => Counts.Any(count => count > 0)
        ? HtmlFragment.Of($"""
            <figure class="chart">
            <figcaption>{Title}</figcaption>
            {Picture()}
            </figure>
            """)
        : HtmlFragment.Of($"""<p class="note">{Title}: there is no value.</p>""");

    private HtmlFragment Picture()
    {
        var total = (double)Counts.Sum();
        var filled = Enumerable.Range(0, Counts.Count).Where(bin => Counts[bin] > 0).ToArray();
        var (first, last) = (filled[0], filled[^1]);
        var x = AxisTicks.Enclose(Math.Min(From(first), Least(Marks)), Math.Max(From(last + 1), Most(Marks)), 8);
        var y = AxisTicks.Enclose(0, filled.Max(bin => Counts[bin]) / total, 4);
        double Across(double value) => Left + ((value - x.First) / (x.Last - x.First) * (Width - Left - Right));
        double Up(double value) => Height - Bottom - (value / y.Last * (Height - Top - Bottom));
        var bars = filled.Select(bin =>
        {
            var (left, right, top) = (Across(From(bin)), Across(From(bin + 1)), Up(Counts[bin] / total));
            return HtmlFragment.Of(
                $"""<path class="line s0" style="fill:var(--s0);fill-opacity:.35;stroke-width:.5" d="M{left:0.##} {Height - Bottom}V{top:0.##}H{right:0.##}V{Height - Bottom}Z"><title>{ReportText.Short(From(bin))} to {ReportText.Short(From(bin + 1))}: {Counts[bin]} ({Counts[bin] / total * 100:0.##} %)</title></path>""");
        });
        return HtmlFragment.Of($"""
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{Describe(total, filled)}">
            <g class="axis">
            {HtmlFragment.Join(y.Values.Select(value => HtmlFragment.Of(
                $"""<path class="grid" d="M{Left} {Up(value):0.#}H{Width - Right}"/><text x="{Left - 8}" y="{Up(value) + 4:0.#}" text-anchor="end">{ReportText.Short(value)}</text>""")))}
            {HtmlFragment.Join(x.Values.Select(value => HtmlFragment.Of(
                $"""<path class="tick" d="M{Across(value):0.#} {Height - Bottom}v5"/><text x="{Across(value):0.#}" y="{Height - Bottom + 19}" text-anchor="middle">{Math.Round(value, 6):0.###}</text>""")))}
            <text class="name" x="{Width - Right}" y="{Height - 6}" text-anchor="end">{XLabel}</text>
            <text class="name" x="{Left - 8}" y="12" text-anchor="end">{YLabel}</text>
            </g>
            {HtmlFragment.Join(bars)}
            {HtmlFragment.Join(Marks.Select(mark => HtmlFragment.Of(
                $"""<g class="axis"><path class="line s1" d="M{Across(mark.Value):0.#} {Top - 6}V{Height - Bottom}"/><text x="{Across(mark.Value) + 4:0.#}" y="{Top - 8}">{mark.Name} {ReportText.Short(mark.Value)}</text></g>""")))}
            </svg>
            """);
    }

    private string Describe(double total, int[] filled)
    {
        var highest = filled.MaxBy(bin => Counts[bin]);
        return $"{Title}. {total:0} values from {ReportText.Short(From(filled[0]))} to {ReportText.Short(From(filled[^1] + 1))}, most of them from {ReportText.Short(From(highest))} to {ReportText.Short(From(highest + 1))}.";
    }

    private double From(int bin) => Low + (bin * BinWidth);

    private static double Least(IReadOnlyList<(double Value, string Name)> marks) => marks.Select(mark => mark.Value).DefaultIfEmpty(double.PositiveInfinity).Min();

    private static double Most(IReadOnlyList<(double Value, string Name)> marks) => marks.Select(mark => mark.Value).DefaultIfEmpty(double.NegativeInfinity).Max();
}
