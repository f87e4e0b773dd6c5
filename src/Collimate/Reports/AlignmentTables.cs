using System.Globalization;
using Collimate.Evaluation;
using Collimate.Inspection;

namespace Collimate.Reports;

/// <summary>The tables of an alignment report.</summary>
internal static class AlignmentTables
{
    /// <summary>How often the right word is recalled, by sort, category and colour.</summary>
    internal static HtmlFragment Accuracy(AlignmentReport report)
    {
        var sorts = report.Groups.Where(group => group.Kind == "sort").Select(Row).ToList();
        if (report.Unseen.Patches > 0)
        {
            sorts.Add(Row("unseen objects", report.Unseen, null));
        }

        if (report.Ground.Patches > 0)
        {
            sorts.Add(Row("bare ground", report.Ground, null));
        }

        sorts.Add(Row("all objects and symbols", report.Objects, null) with { IsSummary = true });
        var kinds = report.Groups.GroupBy(group => group.Kind).Where(kind => kind.Key != "sort").Select(kind => Table(
            kind.Key, $"By {kind.Key}", [.. kind.OrderByDescending(group => group.Ranks.TopOne).Select(Row)]));
        return HtmlFragment.Join([Table("what is shown", "By what is shown", sorts), .. kinds]);
    }

    /// <summary>All gaps in numbers.</summary>
    internal static HtmlFragment Gaps(AlignmentReport report) => HtmlFragment.Of($"""
        <details><summary>The same in numbers</summary>
        <div class="scroll" role="region" aria-label="Gaps in numbers" tabindex="0"><table class="numbers">
        <caption>Pictures are visual tokens; text is the words of the list in the first row, and the tokens of questions and answers below.</caption>
        <thead><tr><th scope="col">where</th><th scope="col">gap</th><th scope="col">among pictures</th><th scope="col">among text</th><th scope="col">across</th><th scope="col">text near pictures</th><th scope="col">pictures near text</th><th scope="col">mixing</th><th scope="col">separability</th></tr></thead>
        <tbody>
        {Row("visual tokens and words", report.Embeddings)}
        {HtmlFragment.Join(report.Layers.Select((gap, layer) => Row(layer == 0 ? "before the first layer" : layer == report.Layers.Count - 1 ? $"after layer {layer}, normed" : $"after layer {layer}", gap)))}
        </tbody></table></div>
        </details>
        """);

    private static HtmlFragment Row(string name, ModalityGap gap) => HtmlFragment.Of(
        $"""<tr><th scope="row">{name}</th><td>{Number(gap.Distance)}</td><td>{Number(gap.WithinVisual)}</td><td>{Number(gap.WithinText)}</td><td>{Number(gap.Across)}</td><td>{ReportText.Percent(gap.TextNearVisual)}</td><td>{ReportText.Percent(gap.VisualNearText)}</td><td>{Number(gap.Mixing)}</td><td>{ReportText.Percent(gap.Separability)}</td></tr>""");

    private static HtmlFragment Table(string heading, string caption, IReadOnlyList<BarRow> rows) => new BarTable
    {
        Caption = caption,
        RowHeading = heading,
        Columns =
        [
            ("nearest", "share of patches whose nearest word is the true one"), ("among five", "share of patches whose true word is one of the five nearest"),
            ("same group", "share of patches whose nearest word names something of the same group, right or not"),
        ],
        LastHeading = "mean rank",
        MarksBest = false,
        Rows = rows,
    }.Render();

    private static BarRow Row(AlignmentGroup group) => Row(group.Name, group.Ranks, group.SameGroup);

    private static BarRow Row(string name, AlignmentRanks ranks, double? sameGroup) => new(name, [ranks.TopOne, ranks.TopFive, sameGroup])
    {
        Example = $"{ranks.Patches.ToString("N0", CultureInfo.InvariantCulture)} patches",
        Last = ReportText.Short(ranks.MeanRank),
    };

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("0.000", CultureInfo.InvariantCulture) : ReportText.Absent;
}
