using System.CommandLine;
using System.Globalization;
using Collimate.Cli.Display;
using Collimate.Comparison;
using Collimate.Comparison.Puzzles;
using Collimate.Evaluation.Statistics;
using Collimate.Reports;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate puzzles</c>: trained reasoners on puzzles, beside the commonest answer and guessing.</summary>
internal static class PuzzlesCommand
{
    private static readonly string[] Parts = ["test", "validation", "train"];

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var runs = new Argument<string[]>("runs") { Description = "Folders of trained reasoners; runs of one recipe are its seeds. The first is what the page is about.", Arity = ArgumentArity.OneOrMore };
        var data = new Option<string>("--data") { Description = "The folder of puzzles.", HelpName = "DIR", Required = true };
        var split = new Option<string>("--split") { Description = "Which part of them, by the splits that each run was trained with: test, validation or train.", HelpName = "PART", DefaultValueFactory = _ => Parts[0] };
        split.AcceptOnlyFromAmong(Parts);
        var output = new Option<string?>("--out") { Description = "Where report.json and report.html are written (default: puzzles/ in the first run's folder).", HelpName = "DIR" };
        var workers = CommandActions.WorkersOption();
        var json = CommandActions.JsonOption();
        var command = new Command("puzzles", "Ask trained reasoners algorithmic puzzles.") { runs, data, split, output, workers, json };
        return command.Runs((parse, io, cancellation) =>
        {
            var folders = parse.GetRequiredValue(runs);
            var report = PuzzleComparison.Run(folders, parse.GetRequiredValue(data), parse.GetValue(split)!, parse.GetValue(workers), io.Error.WriteLine, cancellation);
            var place = Directory.CreateDirectory(parse.GetValue(output) ?? Path.Combine(folders[0], "puzzles")).FullName;
            ReportJson.Save(report, Path.Combine(place, "report.json"));
            PuzzleComparisonPage.Save(report, parse.GetRequiredValue(data), Path.Combine(place, "report.html"));
            if (parse.GetValue(json))
            {
                io.WriteJson(report);
            }
            else
            {
                Write(report, io);
                io.Output.WriteLine($"The page: {Path.Combine(place, "report.html")}");
            }

            return ExitCode.Success;
        });
    }

    private static void Write(PuzzleComparison report, CommandIo io)
    {
        io.Output.WriteLine($"{report.Instances:N0} puzzles ({report.Part}); solved (S_acc) in per cent, ± over runs");
        var skills = report.Rows[0].Skills;
        var table = new TextTable(["", ">runs", ">solved", ">options", ">weighted", .. skills.Select(skill => $">{skill.Skill}".ToLowerInvariant())]);
        foreach (var row in report.Rows)
        {
            table.Row([row.Name, $"{row.Runs}", Percent(row.Solution), Percent(row.Option), Percent(row.Weighted), .. row.Skills.Select(skill => Percent(skill.Solution))]);
        }

        table.Write(io);
    }

    private static string Percent(Spread spread) => string.Create(
        CultureInfo.InvariantCulture, $"{spread.Mean * 100:0.0}{(double.IsFinite(spread.Deviation) ? string.Create(CultureInfo.InvariantCulture, $" ± {spread.Deviation * 100:0.0}") : "")}");
}
