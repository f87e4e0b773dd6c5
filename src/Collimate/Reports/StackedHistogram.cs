namespace Collimate.Reports;

/// <summary>How often values fall where, as bars of inline SVG; several counts stand on one another.</summary>
public sealed class StackedHistogram
{
    private const int Height = 260;

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
            return ChartFrame.Nothing(Title);
        }

        var frame = new ChartFrame(Title, XLabel, "", AxisTicks.Enclose(Edges[first], Edges[last + 1], 10), AxisTicks.Enclose(0, totals.Max(), 4))
        {
            Height = Height, First = Edges[first], Last = Edges[last + 1],
        };
        return frame.Figure(
            ChartLegend.Areas(Series.Select(series => (series.Name, HtmlFragment.Of($"{series.Counts.Sum():N0}").ToString()))), Describe(totals),
            HtmlFragment.Join(Enumerable.Range(first, last - first + 1).Select(bin => Bar(frame, bin))));
    }

    private HtmlFragment Bar(ChartFrame frame, int bin)
    {
        long below = 0;
        var parts = new List<HtmlFragment>();
        foreach (var (number, (name, counts)) in Series.Index())
        {
            if (counts[bin] > 0)
            {
                parts.Add(HtmlFragment.Of(
                    $"""<rect class="h{number}" x="{frame.X(Edges[bin]) + 0.75:0.#}" y="{frame.Y(below + counts[bin]):0.#}" width="{frame.X(Edges[bin + 1]) - frame.X(Edges[bin]) - 1.5:0.#}" height="{frame.Y(below) - frame.Y(below + counts[bin]):0.#}"><title>{Edges[bin]:0.##} to {Edges[bin + 1]:0.##}: {name} {counts[bin]:N0}</title></rect>"""));
            }

            below += counts[bin];
        }

        return HtmlFragment.Join(parts);
    }

    private string Describe(long[] totals)
    {
        var most = Array.IndexOf(totals, totals.Max());
        return $"{Title}. Most fall between {ReportText.Short(Edges[most])} and {ReportText.Short(Edges[most + 1])}. "
            + string.Join(" ", Series.Select(series => $"{series.Name}: {series.Counts.Sum()}."));
    }
}
