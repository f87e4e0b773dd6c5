using System.CommandLine;
using System.Globalization;
using Collimate.Cli.Display;
using Collimate.Comparison;
using Collimate.Recipes;
using Collimate.Recipes.Schema;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate compare</c>: recipes under control: the same data in the same order, several seeds, mean and spread, significance, time and memory.</summary>
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
        var budget = new Option<double?>("--time-budget") { Description = "Minutes of processor time that every run trains for; the recipe's steps are all multiplied by one factor.", HelpName = "MINUTES" };
        var parallel = new Option<int>("--parallel") { Description = "Runs at once, where memory allows; the workers are shared among them.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var scenes = new Option<int>("--scenes") { Description = "Scenes of each split that every model is asked about.", HelpName = "N", DefaultValueFactory = _ => 300 };
        var workers = CommandActions.WorkersOption();
        var json = CommandActions.JsonOption();
        var one = new Option<int?>("--seed") { Description = "Run one recipe with this seed only, in this process.", HelpName = "S", Hidden = true };
        var measure = new Option<bool>("--measure") { Description = "Time a few steps of one recipe and set its steps by --time-budget.", Hidden = true };
        var command = new Command("compare", "Compare recipes under control, over several seeds.") { recipes, seeds, output, set, maxSteps, budget, scenes, parallel, workers, json, one, measure };
        return command.Runs((parse, io, cancellation) =>
        {
            var options = Checked(new ComparisonOptions
            {
                Folder = parse.GetValue(output)!, Seeds = parse.GetValue(seeds), Changes = parse.GetValue(set) ?? [], MaxSteps = parse.GetValue(maxSteps), TimeBudget = parse.GetValue(budget),
                Scenes = parse.GetValue(scenes), Workers = parse.GetValue(workers), Parallel = parse.GetValue(parallel),
            });
            var paths = parse.GetRequiredValue(recipes);
            return parse.GetValue(measure) ? Measure(paths[0], options, io, cancellation)
                : parse.GetValue(one) is { } seed ? RunOne(paths[0], seed, options, io, cancellation)
                : RunAll(paths, options, parse.GetValue(json), io, cancellation);
        });
    }

    private static ComparisonOptions Checked(ComparisonOptions options)
    {
        if (options.Seeds < 1 || options.Scenes < 1)
        {
            throw new UsageException("--seeds and --scenes must be at least 1");
        }

        if (options.Parallel < 1 || options.Workers < 1)
        {
            throw new UsageException($"--parallel is {options.Parallel} and --workers {options.Workers}; both must be at least 1");
        }

        if (options.TimeBudget is { } minutes && !(minutes > 0 && double.IsFinite(minutes)))
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--time-budget is {minutes}; expected minutes above 0"));
        }

        return options is { TimeBudget: not null, MaxSteps: not null } ? throw new UsageException("--time-budget sets the numbers of steps, and --max-steps bounds them; say one of them") : options;
    }

    private static int Measure(string recipe, ComparisonOptions options, CommandIo io, CancellationToken cancellation)
    {
        if (TimeBudget.Measure(recipe, options.Folder, options, cancellation) is not { } budget)
        {
            return ExitCode.Interrupted;
        }

        io.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{budget.Minutes} min of processor time: {string.Join(", ", budget.Steps.Select(stage => $"{stage.Value} steps of {stage.Key} ({budget.SecondsPerStep[stage.Key]:0.00} s each)"))}"));
        return ExitCode.Success;
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
        var finished = new ComparedFolders(options, paths, names);
        finished.Check();
        var commands = new ComparisonCommands(options, paths);
        var code = new ComparedProcesses(options, io).Run(finished.Missing(), () => finished.Show(commands), cancellation);
        if (code != ExitCode.Success)
        {
            return code;
        }

        var (table, page) = (finished.Table()!, finished.Show(commands));
        if (asJson)
        {
            io.WriteJson(ComparisonJson.Of(table, commands));
        }
        else
        {
            Write(table, io);
            io.Output.WriteLine($"The page: {Path.GetFullPath(page)}");
        }

        return ExitCode.Success;
    }

    // A file's own name, with its folder's where two are alike.
    private static string[] NamesOf(string[] paths)
    {
        var names = paths.Select(path => Path.GetFileNameWithoutExtension(path)).ToArray();
        return [.. names.Select((name, at) => names.Count(other => other == name) == 1 ? name : $"{at + 1}-{name}")];
    }

    private static void Write(ComparisonTable table, CommandIo io)
    {
        ComparedFigure[] figures = [ComparedFigure.Compositions, .. ComparedFigure.Splits, .. ComparedFigure.Answers, .. ComparedFigure.Alignment, .. ComparedFigure.Costs];
        var shown = new TextTable(["recipe", ">seeds", $">{figures[0].Heading}", ">against first", ">p seeds", ">p questions", .. figures[1..].Select(figure => $">{figure.Heading}")]);
        foreach (var row in table.Rows)
        {
            shown.Row([
                row.Name, $"{row.Runs.Count}", Text(figures[0], row), row.Gain is { } gain ? figures[0].Text(gain, withUnit: false) : "", P(row.OverSeeds?.P), P(row.OverAnswers?.P), .. figures[1..].Select(figure => Text(figure, row)),
            ]);
        }

        shown.Write(io);
    }

    private static string Text(ComparedFigure figure, ComparedRecipe row) => figure.Text(row.Over(figure.Of), withUnit: false);

    private static string P(double? p) => p is { } value && double.IsFinite(value) ? value.ToString(value < 0.001 ? "0E0" : "0.000", CultureInfo.InvariantCulture) : "";
}
