using Collimate.Reports;

namespace Collimate.Comparison;

/// <summary>A comparison's figures for programs.</summary>
public static class ComparisonJson
{
    /// <summary>All figures: of each recipe mean and spread, tests against the first, right answers by split and kind, and every run.</summary>
    /// <param name="table">The comparison.</param>
    /// <param name="commands">The commands that repeat it.</param>
    public static object Of(ComparisonTable table, ComparisonCommands commands) => new
    {
        command = commands.Whole,
        seeds = commands.Options.Seeds,
        scenes = commands.Options.Scenes,
        maxSteps = commands.Options.MaxSteps,
        timeBudget = commands.Options.TimeBudget,
        changes = commands.Options.Changes,
        figures = ComparedFigure.All.ToDictionary(figure => figure.Key, figure => figure.Meaning),
        rows = table.Rows.Select(row => new
        {
            row.Name, row.Folder, recipe = row.Path, row.Gain, row.OverSeeds, row.OverAnswers,
            figures = ComparedFigure.All.ToDictionary(figure => figure.Key, figure => row.Over(figure.Of)),
            kinds = row.Runs[0].Accuracy.ToDictionary(split => split.Key, split => split.Value.Keys.ToDictionary(kind => kind, kind => row.Over(run => run.Accuracy[split.Key].GetValueOrDefault(kind, double.NaN)))),
            training = row.Runs.Where(_ => row.Path.Length > 0 && File.Exists(row.Path)).Select(run => commands.Training(row, run)),
            row.Runs,
        }),
    };

    /// <summary>Writes them to a file, which appears whole.</summary>
    /// <param name="table">The comparison.</param>
    /// <param name="commands">The commands that repeat it.</param>
    /// <param name="path">The file.</param>
    public static void Save(ComparisonTable table, ComparisonCommands commands, string path) => ReportJson.Save(Of(table, commands), path);
}
