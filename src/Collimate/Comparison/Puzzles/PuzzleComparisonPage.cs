using System.Globalization;
using Collimate.Evaluation.Puzzles;
using Collimate.Evaluation.Statistics;
using Collimate.Reports;

namespace Collimate.Comparison.Puzzles;

/// <summary>The page of reasoners on puzzles: means over the runs by class and by puzzle beside the baselines, and the spread over the runs.</summary>
public static class PuzzleComparisonPage
{
    /// <summary>Writes the page; the file appears whole or not at all.</summary>
    /// <param name="comparison">The figures.</param>
    /// <param name="data">What was asked: the folder, or a name for it.</param>
    /// <param name="path">The file; its folder must exist.</param>
    public static void Save(PuzzleComparison comparison, string data, string path) =>
        PuzzlePage.Of(new PuzzleRecord(data, comparison.Part, [.. comparison.Rows.Select(row => new PuzzleModelRecord(row.Name, row.Mean))]))
            .AddSection("spread", "Over the runs", "Per cent solved (S_acc), the mean over the runs and ± their standard deviation.", Spreads(comparison)).Save(path);

    private static HtmlFragment Spreads(PuzzleComparison comparison) => HtmlFragment.Of($"""
        <div class="scroll" role="region" aria-label="Spread over the runs" tabindex="0"><table class="numbers">
        <thead><tr><th scope="col"></th><th scope="col">runs</th><th scope="col">all</th>{HtmlFragment.Join(comparison.Rows[0].Skills.Select(skill => HtmlFragment.Of($"""<th scope="col">{$"{skill.Skill}".ToLowerInvariant()}</th>""")))}</tr></thead><tbody>
        {HtmlFragment.Join(comparison.Rows.Select(Row))}
        </tbody></table></div>
        """);

    private static HtmlFragment Row(ComparedReasoner row) => HtmlFragment.Of(
        $"""<tr><th scope="row">{row.Name}</th><td>{row.Runs}</td><td>{Share(row.Solution)}</td>{HtmlFragment.Join(row.Skills.Select(skill => HtmlFragment.Of($"<td>{Share(skill.Solution)}</td>")))}</tr>""");

    private static string Share(Spread spread)
    {
        var mean = (spread.Mean * 100).ToString("0.0", CultureInfo.InvariantCulture);
        return double.IsFinite(spread.Deviation) ? $"{mean} ± {(spread.Deviation * 100).ToString("0.0", CultureInfo.InvariantCulture)}" : mean;
    }
}
