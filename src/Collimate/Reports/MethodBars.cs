namespace Collimate.Reports;

/// <summary>What several methods come to in one thing.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Shares">A share from 0 to 1 of each method, with its standard deviation; not finite where there is none.</param>
public sealed record MethodBarGroup(string Name, IReadOnlyList<(double Share, double Deviation)> Shares)
{
    /// <summary>Whether the group sums others up.</summary>
    public bool IsSummary { get; init; }
}

/// <summary>Bars of all methods side by side, a small panel for each thing that is measured; panels stand beside one another where there is room.</summary>
public sealed class MethodBars
{
    /// <summary>The methods, in the order of every group's shares.</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>The panels.</summary>
    public required IReadOnlyList<MethodBarGroup> Groups { get; init; }

    /// <summary>Writes the panels.</summary>
    /// <exception cref="InvalidOperationException">A group has another number of shares than there are methods.</exception>
    public HtmlFragment Render() => Groups.FirstOrDefault(group => group.Shares.Count != Methods.Count) is { } odd
        ? throw new InvalidOperationException($"group '{odd.Name}' has {odd.Shares.Count} shares, but there are {Methods.Count} methods")
        : HtmlFragment.Of($"""
            <div class="panels">
            {HtmlFragment.Join(Groups.Select(Panel))}
            </div>
            """);

    private HtmlFragment Panel(MethodBarGroup group)
    {
        var best = group.Shares.Select(share => share.Share).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max();
        return HtmlFragment.Of($"""
            <table class="panel{(group.IsSummary ? " sum" : "")}"><caption>{group.Name}</caption><tbody>
            {HtmlFragment.Join(group.Shares.Select((share, method) => HtmlFragment.Of($"""
                <tr><th scope="row">{Methods[method]}</th>{Bar(share.Share, share.Deviation, method, share.Share >= best - 5e-4)}</tr>
                """)))}
            </tbody></table>
            """);
    }

    private static HtmlFragment Bar(double share, double deviation, int method, bool isBest)
    {
        if (!double.IsFinite(share))
        {
            return HtmlFragment.Of($"""<td></td><td class="value">{ReportText.Absent}</td>""");
        }

        var spread = double.IsFinite(deviation) && deviation > 0
            ? HtmlFragment.Of($"""<b style="left:{Percent(share - deviation):0.#}%;right:{100 - Percent(share + deviation):0.#}%"></b>""")
            : HtmlFragment.Empty;
        var text = double.IsFinite(deviation) ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{ReportText.Percent(share)} ± {deviation * 100:0.0}") : ReportText.Percent(share);
        return HtmlFragment.Of($"""<td class="track" aria-hidden="true"><span><i class="s{method % ChartLegend.Styles}" style="width:{Percent(share):0.#}%"></i>{spread}</span></td><td class="value{(isBest ? " best" : "")}">{text}</td>""");
    }

    private static double Percent(double share) => Math.Clamp(share, 0, 1) * 100;
}
