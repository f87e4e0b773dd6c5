namespace Collimate.Reports;

/// <summary>A table of shares whose cells hold a little bar beside the number, so that a row can be compared at a glance.</summary>
public sealed class BarTable
{
    /// <summary>What the table shows.</summary>
    public required string Caption { get; init; }

    /// <summary>The heading of the rows' names.</summary>
    public required string RowHeading { get; init; }

    /// <summary>The columns' headings and what each means; the first is the one that matters and stands out.</summary>
    public required IReadOnlyList<(string Heading, string Meaning)> Columns { get; init; }

    /// <summary>The heading of a last column of plain text, or null for none.</summary>
    public string? LastHeading { get; init; }

    /// <summary>Whether a mark in the first column shows where the best of the others stands.</summary>
    public bool MarksBest { get; init; } = true;

    /// <summary>The rows.</summary>
    public required IReadOnlyList<BarRow> Rows { get; init; }

    /// <summary>Writes the table.</summary>
    /// <exception cref="InvalidOperationException">A row has another number of shares than there are columns.</exception>
    public HtmlFragment Render()
    {
        if (Rows.FirstOrDefault(row => row.Shares.Count != Columns.Count) is { } odd)
        {
            throw new InvalidOperationException($"row '{odd.Name}' has {odd.Shares.Count} shares, but there are {Columns.Count} columns");
        }

        var headings = Columns.Select(column => HtmlFragment.Of($"""<th scope="col" title="{column.Meaning}">{column.Heading}</th>"""));
        var last = LastHeading is null ? HtmlFragment.Empty : HtmlFragment.Of($"""<th scope="col" class="count">{LastHeading}</th>""");
        return HtmlFragment.Of($"""
            <div class="scroll" role="region" aria-label="{Caption}" tabindex="0">
            <table class="bars">
            <caption>{Caption}</caption>
            <thead><tr><th scope="col">{RowHeading}</th>{HtmlFragment.Join(headings)}{last}</tr></thead>
            <tbody>
            {HtmlFragment.Join(Rows.Select(Row))}
            </tbody>
            </table>
            </div>
            """);
    }

    private HtmlFragment Row(BarRow row)
    {
        var others = MarksBest ? row.Shares.Skip(1).Max() : null;
        var cells = row.Shares.Select((share, column) => Cell(share, column == 0, others));
        var last = LastHeading is null ? HtmlFragment.Empty : HtmlFragment.Of($"""<td class="count">{row.Last}</td>""");
        var example = row.Example.Length == 0 ? HtmlFragment.Empty : HtmlFragment.Of($"""<span class="example">{row.Example}</span>""");
        return HtmlFragment.Of($"""<tr class="{(row.IsSummary ? "total" : "")}"><th scope="row">{row.Name}{example}</th>{HtmlFragment.Join(cells)}{last}</tr>""");
    }

    /// <summary>The number and its bar; in the first column a mark shows where the best of the others stands.</summary>
    private static HtmlFragment Cell(double? share, bool isFirst, double? others)
    {
        if (share is not { } value || !double.IsFinite(value))
        {
            return HtmlFragment.Of($"<td>{ReportText.Absent}</td>");
        }

        var mark = isFirst && others is { } best && double.IsFinite(best)
            ? HtmlFragment.Of($"""<i class="mark" style="left:{Width(best):0.#}%"></i>""")
            : HtmlFragment.Empty;
        return HtmlFragment.Of(
            $"""<td class="{(isFirst ? "first" : "other")}"><span class="value">{ReportText.Percent(value)}</span><span class="bar" aria-hidden="true"><i style="width:{Width(value):0.#}%"></i>{mark}</span></td>""");
    }

    private static double Width(double share) => Math.Clamp(share, 0, 1) * 100;
}

/// <summary>A row of a <see cref="BarTable"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shares">A share from 0 to 1 per column; null where there is none.</param>
public sealed record BarRow(string Name, IReadOnlyList<double?> Shares)
{
    /// <summary>An example, set small under the name.</summary>
    public string Example { get; init; } = "";

    /// <summary>What stands in the last column.</summary>
    public string Last { get; init; } = "";

    /// <summary>Whether the row sums the others up.</summary>
    public bool IsSummary { get; init; }
}
