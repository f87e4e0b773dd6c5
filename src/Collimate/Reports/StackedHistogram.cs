namespace Collimate.Reports;

/// <summary>How often values fall where, as bars of inline SVG; several counts stand on one another.</summary>
public sealed class StackedHistogram
{
    private const int Width = 720;
    private const int Height = 250;
    private const int Left = 52;
    private const int Right = 12;
    private const int Top = 26;
    private const int Bottom = 42;

    /// <summary>What the histogram shows.</summary>
    public required string Title { get; init; }

    /// <summary>The lower axis's name.</summary>
    public required string XLabel { get; init; }

    /// <summary>Where each bin begins, rising, and at last where the last one ends.</summary>
    public required IReadOnlyList<double> Edges { get; init; }

    /// <summary>The counts, lowest first, each with a name: a number for every bin. At most three.</summary>
    public required IReadOnlyList<(string Name, IReadOnlyList<long> Counts)> Series { get; init; }

    /// <summary>Draws the histogram, without the empty bins at its ends.</summary>
    /// <exception cref="InvalidOperationException">A series has another number of counts than there are bins.</exception>
    public HtmlFragment Render()
    {
        var bins = Edges.Count - 1;
        if (Series.FirstOrDefault(series => series.Counts.Count != bins) is { Name: not null } odd)
        {
            throw new InvalidOperationException($"series '{odd.Name}' has {odd.Counts.Count} counts, but there are {bins} bins");
        }

        var totals = Enumerable.Range(0, bins).Select(bin => Series.Sum(series => series.Counts[bin])).ToArray();
        var (first, last) = (Array.FindIndex(totals, total => total > 0), Array.FindLastIndex(totals, total => total > 0));
        if (first < 0)
        {
            return HtmlFragment.Of($"""<p class="note">{Title}: no values were recorded.</p>""");
        }

        var y = AxisTicks.Enclose(0, totals.Max(), 4);
        var x = AxisTicks.Enclose(Edges[first], Edges[last + 1], 10);
        return HtmlFragment.Of($"""
            <figure class="chart">
            <figcaption>{Title}</figcaption>
            <ul class="legend">
            {HtmlFragment.Join(Series.Select((series, number) => HtmlFragment.Of(
                $"""<li><svg class="key" viewBox="0 0 28 8" aria-hidden="true"><rect class="h{number}" width="28" height="8" rx="2"/></svg><b>{series.Name}</b> {series.Counts.Sum():N0}</li>""")))}
            </ul>
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{Describe(totals)}">
            <g class="axis">
            {HtmlFragment.Join(y.Values.Select(value => HtmlFragment.Of(
                $"""<path class="grid" d="M{Left} {Y(value):0.#}H{Width - Right}"/><text x="{Left - 8}" y="{Y(value) + 4:0.#}" text-anchor="end">{ReportText.Short(value)}</text>""")))}
            {HtmlFragment.Join(x.Values.Where(value => value >= Edges[first] - 1e-9 && value <= Edges[last + 1] + 1e-9).Select(value => HtmlFragment.Of(
                $"""<path class="tick" d="M{X(value):0.#} {Height - Bottom}v5"/><text x="{X(value):0.#}" y="{Height - Bottom + 19}" text-anchor="middle">{value:0.##}</text>""")))}
            <text class="name" x="{Width - Right}" y="{Height - 6}" text-anchor="end">{XLabel}</text>
            </g>
            {HtmlFragment.Join(Enumerable.Range(first, last - first + 1).Select(Bar))}
            </svg>
            </figure>
            """);

        double X(double value) => Left + ((value - Edges[first]) / (Edges[last + 1] - Edges[first]) * (Width - Left - Right));

        double Y(double count) => Height - Bottom - (count / y.Last * (Height - Top - Bottom));

        HtmlFragment Bar(int bin)
        {
            long below = 0;
            var parts = new List<HtmlFragment>();
            foreach (var (number, (name, counts)) in Series.Index())
            {
                if (counts[bin] > 0)
                {
                    parts.Add(HtmlFragment.Of(
                        $"""<rect class="h{number}" x="{X(Edges[bin]) + 0.75:0.#}" y="{Y(below + counts[bin]):0.#}" width="{X(Edges[bin + 1]) - X(Edges[bin]) - 1.5:0.#}" height="{Y(below) - Y(below + counts[bin]):0.#}"><title>{Edges[bin]:0.##} to {Edges[bin + 1]:0.##}: {name} {counts[bin]:N0}</title></rect>"""));
                }

                below += counts[bin];
            }

            return HtmlFragment.Join(parts);
        }
    }

    private string Describe(long[] totals)
    {
        var most = Array.IndexOf(totals, totals.Max());
        return $"{Title}. Most fall between {ReportText.Short(Edges[most])} and {ReportText.Short(Edges[most + 1])}. "
            + string.Join(" ", Series.Select(series => $"{series.Name}: {series.Counts.Sum()}."));
    }
}
