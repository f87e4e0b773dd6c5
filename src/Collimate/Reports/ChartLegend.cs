namespace Collimate.Reports;

/// <summary>The legend of a chart: a key beside each name.</summary>
internal static class ChartLegend
{
    /// <summary>How many lines look different from one another; the next one looks like the first.</summary>
    internal const int Styles = 8;

    /// <summary>A legend of lines.</summary>
    internal static HtmlFragment Lines(IEnumerable<(string Name, string Note)> entries) => List(entries.Select((one, number) =>
        (HtmlFragment.Of($"""<path class="line s{number % Styles}" d="M1 4H27"/>"""), one.Name, one.Note)));

    /// <summary>A legend of filled areas.</summary>
    internal static HtmlFragment Areas(IEnumerable<(string Name, string Note)> entries) => List(entries.Select((one, number) =>
        (HtmlFragment.Of($"""<rect class="h{number}" width="28" height="8" rx="2"/>"""), one.Name, one.Note)));

    /// <summary>A legend of dots.</summary>
    internal static HtmlFragment Dots(IEnumerable<(string Name, string Note)> entries) => List(entries.Select((one, number) =>
        (HtmlFragment.Of($"""<circle class="dot s{number % Styles}" cx="14" cy="4" r="3.6"/>"""), one.Name, one.Note)));

    private static HtmlFragment List(IEnumerable<(HtmlFragment Key, string Name, string Note)> entries) => HtmlFragment.Of($"""
        <ul class="legend">
        {HtmlFragment.Join(entries.Select(one => HtmlFragment.Of(
            $"""<li><svg class="key" viewBox="0 0 28 8" aria-hidden="true">{one.Key}</svg><b>{one.Name}</b> {one.Note}</li>""")))}
        </ul>
        """);
}
