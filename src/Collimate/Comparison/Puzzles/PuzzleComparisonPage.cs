using System.Globalization;
using Collimate.Reports;

namespace Collimate.Comparison.Puzzles;

/// <summary>The page of reasoners on puzzles: by class and by puzzle, beside the baselines.</summary>
public static class PuzzleComparisonPage
{
    /// <summary>Writes the page; the file appears whole or not at all.</summary>
    /// <param name="comparison">The figures.</param>
    /// <param name="path">The file; its folder must exist.</param>
    public static void Save(PuzzleComparison comparison, string path) => Build(comparison).Save(path);

    private static HtmlReport Build(PuzzleComparison comparison)
    {
        var first = comparison.Rows[0];
        var page = new HtmlReport
        {
            Title = $"Puzzles: {first.Name}",
            Summary = $"{comparison.Instances:N0} puzzles of the {comparison.Part} part. A puzzle is solved where its very value is predicted (S_acc); its option is right where the option nearest to the prediction is the answer (O_acc).",
            Facts = [DateTimeOffset.Now.ToString("d MMMM yyyy, HH:mm zzz", CultureInfo.InvariantCulture), .. comparison.Rows.Where(row => row.Runs > 1).Select(row => $"{row.Name}: {row.Runs} runs")],
        };
        foreach (var row in comparison.Rows)
        {
            page.AddHeadline(Share(row.Solution), row.Name, $"solved; {Share(row.Option)} of the options");
        }

        page.AddSection("solved", "Solved, by class", "The mean over a class's puzzles of the share solved.", Bars(comparison, "solved", skill => skill.Solution, row => row.Solution).Render());
        page.AddSection("options", "Options, by class", "The same for options; one in five is right by chance.", Bars(comparison, "options", skill => skill.Option, row => row.Option).Render());
        page.AddSection("puzzles", "Solved, puzzle by puzzle", "Means over the runs.", Puzzles(comparison).Render());
        return page;
    }

    private static BarTable Bars(PuzzleComparison comparison, string what, Func<ComparedSkill, Spread> figure, Func<ComparedReasoner, Spread> overall) => new()
    {
        Caption = $"Share {what} by class",
        RowHeading = "class",
        Columns = [.. comparison.Rows.Select(row => (row.Name, $"share {what}"))],
        LastHeading = "puzzles",
        Rows =
        [
            .. comparison.Rows[0].Skills.Select((skill, at) => new BarRow(
                $"{skill.Skill}".ToLowerInvariant(), [.. comparison.Rows.Select(row => (double?)figure(row.Skills[at]).Mean)]) { Last = $"{skill.Puzzles}" }),
            new BarRow("all instances", [.. comparison.Rows.Select(row => (double?)overall(row).Mean)]) { IsSummary = true, Last = $"{comparison.Rows[0].Puzzles.Count}" },
        ],
    };

    private static BarTable Puzzles(PuzzleComparison comparison) => new()
    {
        Caption = "Share solved by puzzle",
        RowHeading = "puzzle",
        Columns = [.. comparison.Rows.Select(row => (row.Name, "share solved"))],
        Rows = [.. comparison.Rows[0].Puzzles.Keys.Order().Select(puzzle => new BarRow($"{puzzle}", [.. comparison.Rows.Select(row => (double?)row.Puzzles[puzzle])]))],
    };

    private static string Share(Spread spread)
    {
        var mean = (spread.Mean * 100).ToString("0.0", CultureInfo.InvariantCulture);
        return double.IsFinite(spread.Deviation) ? $"{mean} ± {(spread.Deviation * 100).ToString("0.0", CultureInfo.InvariantCulture)} %" : $"{mean} %";
    }
}
