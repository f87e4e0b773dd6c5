using System.Globalization;
using Collimate.Reports;

namespace Collimate.Comparison;

/// <summary>The tables of a comparison's page.</summary>
internal static class ComparisonFigures
{
    /// <summary>Right answers, and how sure the differences are.</summary>
    public static HtmlFragment Result(ComparisonTable table)
    {
        var isTested = table.Rows.Count > 1;
        var figures = new[] { ComparedFigure.Compositions }.Concat(ComparedFigure.Splits).ToArray();
        return Table(
            "Right answers",
            [.. figures[..1].Select(Heading), .. isTested ? Tests : [], .. figures[1..].Select(Heading)],
            table.Rows.Select(row => (row.Name, (IEnumerable<HtmlFragment>)[Cell(figures[0], row), .. isTested ? TestsOf(row) : [], .. figures[1..].Select(figure => Cell(figure, row))])));
    }

    /// <summary>Answers by what they take, and language.</summary>
    public static HtmlFragment Answers(ComparisonTable table) => Of("Kinds of answers", table, ComparedFigure.Answers);

    /// <summary>How well visual tokens stand in line with words.</summary>
    public static HtmlFragment Alignment(ComparisonTable table) => Of("Alignment on held-out compositions", table, ComparedFigure.Alignment);

    /// <summary>What it took, with the parameters that each stage trains.</summary>
    public static HtmlFragment Costs(ComparisonTable table)
    {
        string[] stages = [.. table.Rows.SelectMany(row => row.Runs[0].Learning.Keys).Distinct()];
        return Table(
            "What it took",
            [.. ComparedFigure.Costs.Select(Heading), .. stages.Select(stage => ($"in {stage}", $"parameters that stage '{stage}' trains"))],
            table.Rows.Select(row => (row.Name, (IEnumerable<HtmlFragment>)[.. ComparedFigure.Costs.Select(figure => Cell(figure, row)), .. stages.Select(stage => HtmlFragment.Of($"{Count(row, stage)}"))])));
    }

    /// <summary>A difference in points of a percent.</summary>
    public static string Points(double difference, string unit = " points") =>
        string.Create(CultureInfo.InvariantCulture, $"{(difference < 0 ? "−" : "+")}{Math.Abs(difference) * 100:0.0}{unit}");

    /// <summary>A p-value.</summary>
    public static string P(double p) => !double.IsFinite(p) ? ReportText.Absent : p < 0.001 ? "< 0.001" : p.ToString(p < 0.1 ? "0.000" : "0.00", CultureInfo.InvariantCulture);

    private static (string, string)[] Tests { get; } =
    [
        ("against the first", "mean difference over the seeds, in points, with its standard deviation"), ("95 % interval", "of the mean difference, by Student's t over the seeds"),
        ("p, seeds", "paired t-test on the differences of the seeds"), ("p, questions", "McNemar's test on all answers of all seeds: how many were gained and lost"),
    ];

    private static HtmlFragment[] TestsOf(ComparedRecipe row) =>
    [
        row.Gain is not { } gain ? HtmlFragment.Empty : HtmlFragment.Of($"{Points(gain.Mean, "")}{(double.IsFinite(gain.Deviation) ? string.Create(CultureInfo.InvariantCulture, $" ± {gain.Deviation * 100:0.0}") : "")}"),
        row.OverSeeds is not { } seeds ? HtmlFragment.Empty : HtmlFragment.Of($"{(double.IsFinite(seeds.Low) ? $"{Points(seeds.Low, "")} to {Points(seeds.High, "")}" : ReportText.Absent)}"),
        row.OverSeeds is not { } tested ? HtmlFragment.Empty : HtmlFragment.Of($"{P(tested.P)}"),
        row.OverAnswers is { } answers ? HtmlFragment.Of($"{P(answers.P)} <small>+{answers.Gained:N0} −{answers.Lost:N0}</small>") : row.Gain is null ? HtmlFragment.Empty : HtmlFragment.Of($"{ReportText.Absent}"),
    ];

    private static HtmlFragment Of(string caption, ComparisonTable table, IReadOnlyList<ComparedFigure> figures) =>
        Table(caption, [.. figures.Select(Heading)], table.Rows.Select(row => (row.Name, figures.Select(figure => Cell(figure, row)))));

    private static (string, string) Heading(ComparedFigure figure) => (figure.Heading, figure.Meaning);

    private static HtmlFragment Cell(ComparedFigure figure, ComparedRecipe row) => HtmlFragment.Of($"{figure.Text(row.Over(figure.Of))}");

    private static string Count(ComparedRecipe row, string stage) => row.Runs[0].Learning.TryGetValue(stage, out var count) ? count.ToString("N0", CultureInfo.InvariantCulture) : ReportText.Absent;

    private static HtmlFragment Table(string caption, IReadOnlyList<(string Heading, string Meaning)> columns, IEnumerable<(string Name, IEnumerable<HtmlFragment> Cells)> rows) => HtmlFragment.Of($"""
        <div class="scroll" role="region" aria-label="{caption}" tabindex="0">
        <table class="figures"><caption>{caption}</caption><thead><tr><th scope="col">recipe</th>{HtmlFragment.Join(columns.Select(column => HtmlFragment.Of($"""<th scope="col" title="{column.Meaning}">{column.Heading}</th>""")))}</tr></thead><tbody>
        {HtmlFragment.Join(rows.Select(row => HtmlFragment.Of($"""<tr><th scope="row">{row.Name}</th>{HtmlFragment.Join(row.Cells.Select(cell => HtmlFragment.Of($"<td>{cell}</td>")))}</tr>""")))}
        </tbody></table>
        </div>
        """);
}
