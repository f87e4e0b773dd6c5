using System.Globalization;
using Collimate.Data.Puzzles;
using Collimate.Evaluation.Puzzles;

namespace Collimate.Reports;

/// <summary>A page on puzzles: several models side by side, over all, by class and by puzzle.</summary>
public static class PuzzlePage
{
    /// <summary>Makes the page.</summary>
    /// <param name="record">The scores; the first model is the one that matters.</param>
    /// <param name="names">What puzzles are called; those not named are called by their number.</param>
    /// <exception cref="ArgumentException">There is no model.</exception>
    public static HtmlReport Of(PuzzleRecord record, IReadOnlyDictionary<int, string>? names = null)
    {
        if (record.Models.Count == 0)
        {
            throw new ArgumentException("there are no models to show", nameof(record));
        }

        var first = record.Models[0];
        var page = new HtmlReport
        {
            Title = "Puzzles",
            Summary = "Algorithmic puzzles with a picture, a question and five options. S_acc asks for the answer's value, O_acc for the option nearest to it.",
            Facts = [record.Data, $"{record.Split} split", $"{first.Summary.Count.ToString("N0", CultureInfo.InvariantCulture)} puzzles scored", $"{first.Summary.Puzzles.Count} kinds"],
        };
        foreach (var model in record.Models)
        {
            page.AddHeadline(ReportText.Percent(model.Summary.OptionAccuracy), $"{model.Name}, O_acc", $"S_acc {ReportText.Percent(model.Summary.SolutionAccuracy)}");
        }

        return page
            .AddSection("options", "O_acc by class", "The share of puzzles whose right option was chosen. A class's share is the mean over its puzzles; over all, every instance weighs the same. One in five is chance.",
                BySkill(record, "O_acc by class", skill => skill.Option, summary => summary.OptionAccuracy))
            .AddSection("solutions", "S_acc by class", "The share of puzzles whose value was predicted exactly; of a sequence every step.",
                BySkill(record, "S_acc by class", skill => skill.Solution, summary => summary.SolutionAccuracy))
            .AddSection("weighted", "Weighted accuracy by class", "As S_acc, but a near miss counts in part: 1 less the distance to the answer as a share of all classes.",
                BySkill(record, "Weighted accuracy by class", skill => skill.Weighted, summary => summary.WeightedAccuracy))
            .AddSection("puzzles", "O_acc by puzzle", "Every kind of puzzle by itself.", ByPuzzle(record, names ?? new Dictionary<int, string>()));
    }

    private static HtmlFragment BySkill(PuzzleRecord record, string caption, Func<PuzzleSkillResult, double> share, Func<PuzzleSummary, double> whole)
    {
        var skills = record.Models.SelectMany(model => model.Summary.Skills).GroupBy(skill => skill.Skill).OrderBy(skill => skill.Key);
        var rows = skills.Select(skill => new BarRow(Word(skill.Key), [.. record.Models.Select(model => model.Summary.Skills.Where(one => one.Skill == skill.Key).Select(one => (double?)share(one)).FirstOrDefault())])
        {
            Last = Number(skill.Max(one => one.Puzzles)),
        });
        var total = new BarRow("all", [.. record.Models.Select(model => (double?)whole(model.Summary))])
        {
            IsSummary = true, Last = Number(record.Models.Max(model => model.Summary.Puzzles.Count)),
        };
        return Table(record, caption, "class", "puzzles", [.. rows, total]);
    }

    private static HtmlFragment ByPuzzle(PuzzleRecord record, IReadOnlyDictionary<int, string> names)
    {
        var puzzles = record.Models.SelectMany(model => model.Summary.Puzzles).GroupBy(puzzle => puzzle.Id).OrderBy(puzzle => puzzle.Key);
        return Table(record, "O_acc by puzzle", "puzzle", "instances", [.. puzzles.Select(puzzle => new BarRow(
            names.TryGetValue(puzzle.Key, out var name) ? $"{puzzle.Key} {name}" : Number(puzzle.Key),
            [.. record.Models.Select(model => model.Summary.Puzzles.Where(one => one.Id == puzzle.Key).Select(one => (double?)one.Option).FirstOrDefault())])
        {
            Example = Word(puzzle.First().Skill), Last = Number(puzzle.Max(one => one.Count)),
        })]);
    }

    private static HtmlFragment Table(PuzzleRecord record, string caption, string heading, string last, IReadOnlyList<BarRow> rows) => new BarTable
    {
        Caption = caption, RowHeading = heading, LastHeading = last, Rows = rows, MarksBest = record.Models.Count > 1,
        Columns = [.. record.Models.Select(model => (model.Name, $"{caption}, {model.Name}"))],
    }.Render();

    private static string Word(PuzzleSkill skill) => skill.ToString().ToLowerInvariant();

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
