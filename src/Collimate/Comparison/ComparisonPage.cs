using System.Globalization;
using Collimate.Evaluation;
using Collimate.Reports;

namespace Collimate.Comparison;

/// <summary>The page of a comparison: who answered what, over how many seeds, at what cost, and the losses side by side.</summary>
public static class ComparisonPage
{
    /// <summary>Writes the page; the file appears whole or not at all.</summary>
    public static void Save(ComparisonTable table, string path) => Build(table).Save(path);

    private static HtmlReport Build(ComparisonTable table)
    {
        var seeds = table.Rows.Max(row => row.Runs.Count);
        var page = new HtmlReport
        {
            Title = "Comparison of " + string.Join(", ", table.Rows.Select(row => row.Name)),
            Summary = $"Each recipe was trained {Times(seeds)}, with seeds and data in common, and asked the same questions about pictures it had never met.",
            Facts = [DateTimeOffset.Now.ToString("d MMMM yyyy, HH:mm zzz", CultureInfo.InvariantCulture)],
        };
        foreach (var row in table.Rows)
        {
            page.AddHeadline(Share(row.Over(run => run.Mean("compositions"))), row.Name, row.Gain is { } gain ? $"{Points(gain)} against the first" : "the first");
        }

        page.AddSection("kinds", "By kind of question", "Right answers on held-out compositions, mean over the seeds.", Kinds(table).Render());
        page.AddSection("cost", "What it took", "Means over the seeds; ± is the standard deviation over them.", Cost(table));
        foreach (var stages in table.Rows.SelectMany(row => row.Runs[0].Losses.Keys).Distinct().Select(stage => (Stage: stage, Chart: Losses(table, stage))))
        {
            page.AddSection($"loss-{stages.Stage}", $"Loss: {stages.Stage}", "The first seed of each recipe that has a stage of this name.", stages.Chart.Render());
        }

        return page;
    }

    private static BarTable Kinds(ComparisonTable table) => new()
    {
        Caption = "Accuracy by kind",
        RowHeading = "kind",
        Columns = [.. table.Rows.Select(row => (row.Name, "right answers"))],
        Rows =
        [
            .. table.Rows[0].Runs[0].Accuracy["compositions"].Keys.Order(StringComparer.Ordinal).Select(kind =>
                new BarRow(kind, [.. table.Rows.Select(row => (double?)row.Over(run => run.Accuracy["compositions"][kind]).Mean)])),
            .. Enum.GetValues<QuestionGroup>().Where(group => double.IsFinite(table.Rows[0].Runs[0].Mean("compositions", group))).Select(group =>
                new BarRow($"mean of {group}".ToLowerInvariant(), [.. table.Rows.Select(row => (double?)row.Over(run => run.Mean("compositions", group)).Mean)]) { IsSummary = true }),
            new BarRow("mean", [.. table.Rows.Select(row => (double?)row.Over(run => run.Mean("compositions")).Mean)]) { IsSummary = true },
        ],
    };

    private static HtmlFragment Cost(ComparisonTable table) => HtmlFragment.Of($"""
        <table><thead><tr><th scope="col">recipe</th><th scope="col">compositions</th><th scope="col">unseen</th><th scope="col">blank picture</th><th scope="col" title="object patches whose nearest word is right">alignment</th><th scope="col" title="object patches whose right word is among the five nearest">among five</th><th scope="col" title="mean place of the right word among all">mean rank</th><th scope="col">validation loss</th><th scope="col" title="perplexity of answers about scenes in words, before and after training">language</th><th scope="col">samples</th><th scope="col">training</th><th scope="col">peak memory</th></tr></thead><tbody>
        {HtmlFragment.Join(table.Rows.Select(row => HtmlFragment.Of($"""
            <tr><th scope="row">{row.Name}</th><td>{Share(row.Over(r => r.Mean("compositions")))}</td><td>{Share(row.Over(r => r.Mean("unseen")))}</td><td>{Share(row.Over(r => r.Mean("blank")))}</td><td>{Share(row.Over(r => r.Alignment ?? double.NaN))}</td><td>{Share(row.Aligned(ranks => ranks.TopFive))}</td><td>{Text(row.Aligned(ranks => ranks.MeanRank), 1, "0.0", "")}</td><td>{Number(row.Over(r => r.ValidationLoss))}</td><td>{Language(row)}</td><td>{row.Over(r => r.Samples).Mean:N0}</td><td>{row.Over(r => r.Seconds).Mean:0} s</td><td>{row.Over(r => r.PeakMemory).Mean / (1 << 20):0} MiB</td></tr>
            """)))}
        </tbody></table>
        """);

    private static LineChart Losses(ComparisonTable table, string stage) => new()
    {
        Title = stage,
        XLabel = "step",
        YLabel = "loss",
        Series =
        [
            .. table.Rows.Where(row => row.Runs[0].Losses.ContainsKey(stage)).Select(row =>
            {
                var losses = row.Runs[0].Losses[stage];
                return new ChartSeries(row.Name, [.. Enumerable.Range(1, losses.Count).Select(step => (double)step)], losses);
            }),
        ],
    };

    private static string Times(int seeds) => seeds == 1 ? "once" : $"{seeds} times";

    private static string Share(Spread spread) => Text(spread, 100, "0.0", " %");

    private static string Language(ComparedRecipe row) =>
        row.Runs[0].LanguageBefore is { } before ? string.Create(CultureInfo.InvariantCulture, $"{before:0.000} → {Number(row.Over(run => run.LanguageAfter ?? double.NaN))}") : "";

    private static string Number(Spread spread) => Text(spread, 1, "0.000", "");

    private static string Points(Spread spread) => (spread.Mean >= 0 ? "+" : "") + Text(spread, 100, "0.0", " points");

    private static string Text(Spread spread, double factor, string format, string unit)
    {
        if (!double.IsFinite(spread.Mean))
        {
            return ReportText.Absent;
        }

        var mean = (spread.Mean * factor).ToString(format, CultureInfo.InvariantCulture);
        return double.IsFinite(spread.Deviation) ? $"{mean} ± {(spread.Deviation * factor).ToString(format, CultureInfo.InvariantCulture)}{unit}" : mean + unit;
    }
}
