using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Collimate.Cli.Display;
using Collimate.Comparison;
using Collimate.Evaluation;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Reports;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate compare</c>: recipes under control: the same data in the same order, several seeds, mean and spread, time and memory.</summary>
internal static class CompareCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var recipes = new Argument<string[]>("recipes") { Description = "The recipes; the first is what the others are compared with.", Arity = ArgumentArity.OneOrMore };
        var seeds = new Option<int>("--seeds") { Description = "How many seeds each recipe is run with.", HelpName = "N", DefaultValueFactory = _ => 3 };
        var output = new Option<string>("--out") { Description = "Where everything is written; what is there already is not done again.", HelpName = "DIR", DefaultValueFactory = _ => Path.Combine("runs", "compare") };
        var set = new Option<string[]>("--set") { Description = "Change every recipe: path=value. May be given several times.", HelpName = "PATH=VALUE" };
        var maxSteps = new Option<long?>("--max-steps") { Description = "The most steps of each stage.", HelpName = "N" };
        var scenes = new Option<int>("--scenes") { Description = "Scenes of each split that every model is asked about.", HelpName = "N", DefaultValueFactory = _ => 300 };
        var workers = CommandActions.WorkersOption();
        var json = CommandActions.JsonOption();
        var one = new Option<int?>("--seed") { Description = "Run one recipe with this seed only, in this process.", HelpName = "S", Hidden = true };
        var command = new Command("compare", "Compare recipes under control, over several seeds.") { recipes, seeds, output, set, maxSteps, scenes, workers, json, one };
        return command.Runs((parse, io, cancellation) =>
        {
            var options = new ComparisonOptions
            {
                Folder = parse.GetValue(output)!, Seeds = parse.GetValue(seeds), Changes = parse.GetValue(set) ?? [], MaxSteps = parse.GetValue(maxSteps),
                Scenes = parse.GetValue(scenes), Workers = parse.GetValue(workers),
            };
            if (options.Seeds < 1 || options.Scenes < 1)
            {
                throw new UsageException("--seeds and --scenes must be at least 1");
            }

            var paths = parse.GetRequiredValue(recipes);
            return parse.GetValue(one) is { } seed ? RunOne(paths[0], seed, options, io, cancellation) : RunAll(paths, options, parse.GetValue(json), io, cancellation);
        });
    }

    private static int RunOne(string recipe, int seed, ComparisonOptions options, CommandIo io, CancellationToken cancellation)
    {
        using var display = new TrainingDisplay(io.Progress());
        return ComparedRun.Run(recipe, seed, options.Folder, options, display, cancellation) is null ? ExitCode.Interrupted : ExitCode.Success;
    }

    private static int RunAll(string[] paths, ComparisonOptions options, bool asJson, CommandIo io, CancellationToken cancellation)
    {
        foreach (var path in paths)
        {
            RecipeDocument.Load(path, options.Changes).Bind<Recipe>(); // a mistake in the last recipe should not wait for the first ones' training
        }

        var names = NamesOf(paths);
        var results = names.Select(_ => new List<RunResult>()).ToArray();
        for (var seed = 1; seed <= options.Seeds; seed++)
        {
            for (var at = 0; at < paths.Length; at++)
            {
                var folder = Path.Combine(options.Folder, names[at], string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"));
                var file = Path.Combine(folder, RunResult.FileName);
                if (!File.Exists(file))
                {
                    io.Error.WriteLine($"{names[at]}, seed {seed}");
                    if (StartOne(paths[at], seed, folder, options, cancellation) is var code && code != ExitCode.Success)
                    {
                        return code;
                    }
                }

                results[at].Add(RunResult.Load(file));
            }

            Show(ComparisonTable.Of(results), options.Folder);
        }

        var table = ComparisonTable.Of(results);
        if (asJson)
        {
            io.WriteJson(table);
        }
        else
        {
            Write(table, io);
            io.Output.WriteLine($"The page: {Path.GetFullPath(Path.Combine(options.Folder, "report.html"))}");
        }

        return ExitCode.Success;
    }

    private static void Show(ComparisonTable table, string folder)
    {
        ComparisonPage.Save(table, Path.Combine(folder, "report.html"));
        ReportJson.Save(table, Path.Combine(folder, "report.json"));
    }

    private static int StartOne(string recipe, int seed, string folder, ComparisonOptions options, CancellationToken cancellation)
    {
        string[] arguments =
        [
            "compare", recipe, "--seed", Number(seed), "--out", folder, "--scenes", Number(options.Scenes), "--workers", Number(options.Workers),
            .. options.MaxSteps is { } most ? (string[])["--max-steps", most.ToString(CultureInfo.InvariantCulture)] : [],
            .. options.Changes.SelectMany(change => (string[])["--set", change]),
        ];
        // A process for each run: its memory is its own, and what it leaks dies with it.
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(CompareCommand).Assembly.Location, .. arguments]))!;
        using var ending = cancellation.Register(() => Interrupt(process.Id));
        process.WaitForExit();
        return process.ExitCode;
    }

    // A child in the terminal's foreground has had Ctrl-C itself; one behind a pipe or a service has not.
    private static void Interrupt(int process) => Process.Start("kill", ["-TERM", Number(process)]).Dispose();

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    // A file's own name, with its folder's where two are alike.
    private static string[] NamesOf(string[] paths)
    {
        var names = paths.Select(path => Path.GetFileNameWithoutExtension(path)).ToArray();
        return [.. names.Select((name, at) => names.Count(other => other == name) == 1 ? name : $"{at + 1}-{name}")];
    }

    private static void Write(ComparisonTable table, CommandIo io)
    {
        var shown = new TextTable("recipe", ">seeds", ">compositions", ">against first", ">perception", ">cognition", ">unseen", ">blank", ">alignment", ">among 5", ">mean rank", ">val. loss", ">language", ">samples", ">seconds", ">memory");
        foreach (var row in table.Rows)
        {
            shown.Row(
                row.Name, $"{row.Runs.Count}", Percent(row.Over(r => r.Mean("compositions"))), row.Gain is { } gain ? Percent(gain) : "",
                Percent(row.Over(r => r.Mean("compositions", QuestionGroup.Perception))), Percent(row.Over(r => r.Mean("compositions", QuestionGroup.Cognition))), Percent(row.Over(r => r.Mean("unseen"))),
                Percent(row.Over(r => r.Mean("blank"))), Percent(row.Over(r => r.Alignment ?? double.NaN)), Percent(row.Aligned(ranks => ranks.TopFive)), Rank(row.Aligned(ranks => ranks.MeanRank)), Loss(row.Over(r => r.ValidationLoss)),
                row.Runs[0].LanguageBefore is { } before ? $"{before:0.000} → {Loss(row.Over(r => r.LanguageAfter ?? double.NaN))}" : "", $"{row.Over(r => r.Samples).Mean:N0}",
                $"{row.Over(r => r.Seconds).Mean:0}", $"{row.Over(r => r.PeakMemory).Mean / (1 << 20):0} MiB");
        }

        shown.Write(io);
    }

    private static string Percent(Spread spread) => !double.IsFinite(spread.Mean) ? "" : double.IsFinite(spread.Deviation) ? $"{spread.Mean * 100:0.0} ± {spread.Deviation * 100:0.0}" : $"{spread.Mean * 100:0.0}";

    private static string Rank(Spread spread) => !double.IsFinite(spread.Mean) ? "" : double.IsFinite(spread.Deviation) ? $"{spread.Mean:0.0} ± {spread.Deviation:0.0}" : $"{spread.Mean:0.0}";

    private static string Loss(Spread spread) => double.IsFinite(spread.Deviation) ? $"{spread.Mean:0.000} ± {spread.Deviation:0.000}" : $"{spread.Mean:0.000}";
}
