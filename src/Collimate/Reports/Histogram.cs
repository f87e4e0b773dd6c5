namespace Collimate.Reports;

/// <summary>A histogram as inline SVG: a bar for every bin, and lines at values that are worth pointing at.</summary>
public sealed class Histogram
{
    private const int Height = 260;

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
    public HtmlFragment Render()
    {
        var filled = Enumerable.Range(0, Counts.Count).Where(bin => Counts[bin] > 0).ToArray();
        if (filled.Length == 0)
        {
            return ChartFrame.Nothing(Title);
        }

        var total = (double)Counts.Sum();
        var marks = Marks.Select(mark => mark.Value).ToArray();
        var frame = new ChartFrame(
            Title, XLabel, YLabel,
            AxisTicks.Enclose(marks.Append(From(filled[0])).Min(), marks.Append(From(filled[^1] + 1)).Max(), 8),
            AxisTicks.Enclose(0, filled.Max(bin => Counts[bin]) / total, 4)) { Height = Height };
        var bars = filled.Select(bin => HtmlFragment.Of(
            $"""<path class="line s0" style="fill:var(--s0);fill-opacity:.35;stroke-width:.5" d="M{frame.X(From(bin)):0.##} {frame.Floor}V{frame.Y(Counts[bin] / total):0.##}H{frame.X(From(bin + 1)):0.##}V{frame.Floor}Z"><title>{ReportText.Short(From(bin))} to {ReportText.Short(From(bin + 1))}: {Counts[bin]} ({Counts[bin] / total * 100:0.##} %)</title></path>"""));
        var lines = Marks.Select(mark => HtmlFragment.Of(
            $"""<g class="axis"><path class="line s1" d="M{frame.X(mark.Value):0.#} {ChartFrame.Top - 6}V{frame.Floor}"/><text x="{frame.X(mark.Value) + 4:0.#}" y="{ChartFrame.Top - 8}">{mark.Name} {ReportText.Short(mark.Value)}</text></g>"""));
        return frame.Figure(HtmlFragment.Empty, Describe(total, filled), HtmlFragment.Join([.. bars, .. lines]));
    }

    private string Describe(double total, int[] filled)
    {
        var highest = filled.MaxBy(bin => Counts[bin]);
        return $"{Title}. {total:0} values from {ReportText.Short(From(filled[0]))} to {ReportText.Short(From(filled[^1] + 1))}, most of them from {ReportText.Short(From(highest))} to {ReportText.Short(From(highest + 1))}.";
    }

    private double From(int bin) => Low + (bin * BinWidth);
}
