using System.Globalization;
using System.Text.Json;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch.Serialization;
using Collimate.Training;

namespace Collimate.Comparison;

/// <summary>How many steps a recipe gets in a given time: the steps of its stages, all multiplied by one factor.</summary>
/// <remarks>
/// The time is processor time of the training steps of the whole run, so that other work on the machine, worker threads and runs side by side change nothing of what a recipe gets; judging and asking are
/// not counted. A few steps of every stage are timed before, and the numbers of steps set from that, rather than cutting the run when its time is over: so learning rates come down as the
/// recipe means them to. All seeds of a recipe have the same steps, and a run that was interrupted goes on to the same end.
/// </remarks>
/// <param name="Minutes">The time, in minutes.</param>
/// <param name="SecondsPerStep">Seconds of processor time of a step of each stage, as timed.</param>
/// <param name="Factor">What the recipe's numbers of steps were multiplied by.</param>
/// <param name="Steps">The steps of each stage.</param>
public sealed record TimeBudget(double Minutes, IReadOnlyDictionary<string, double> SecondsPerStep, double Factor, IReadOnlyDictionary<string, long> Steps)
{
    private const string FileName = "budget.json";
    private const int TimedSteps = 5;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Divides a time among stages.</summary>
    /// <param name="minutes">The time.</param>
    /// <param name="wanted">The recipe's own steps of each stage.</param>
    /// <param name="secondsPerStep">What a step of each stage takes.</param>
    public static TimeBudget Divide(double minutes, IReadOnlyDictionary<string, long> wanted, IReadOnlyDictionary<string, double> secondsPerStep)
    {
        var factor = minutes * 60 / wanted.Sum(stage => stage.Value * secondsPerStep[stage.Key]);
        return new TimeBudget(minutes, secondsPerStep, factor, wanted.ToDictionary(stage => stage.Key, stage => Math.Max(1, (long)Math.Floor(stage.Value * factor))));
    }

    /// <summary>Reads the budget of a recipe's runs, or null where it was not made yet.</summary>
    /// <param name="folder">The folder of the recipe's runs.</param>
    public static TimeBudget? Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? JsonSerializer.Deserialize<TimeBudget>(File.ReadAllBytes(path), Json) : null;
    }

    /// <summary>Times a few steps of every stage and writes the budget.</summary>
    /// <param name="recipePath">The recipe.</param>
    /// <param name="folder">The folder of the recipe's runs.</param>
    /// <param name="options">What all runs have in common.</param>
    /// <param name="cancellation">Ends the timing early.</param>
    /// <returns>The budget, or null where the timing was interrupted.</returns>
    public static TimeBudget? Measure(string recipePath, string folder, ComparisonOptions options, CancellationToken cancellation)
    {
        var trial = Directory.CreateTempSubdirectory("collimate-budget-").FullName;
        try
        {
            using var run = new RecipeRun(RecipeDocument.Load(recipePath, options.Changes), Path.GetDirectoryName(Path.GetFullPath(recipePath))!, new RunOptions
            {
                Folder = trial, Workers = options.Workers, MaxSteps = TimedSteps,
            });
            var clock = new StepClock();
            if (run.Train(clock, cancellation: cancellation) is not null)
            {
                return null;
            }

            var made = Divide(options.TimeBudget!.Value, run.Recipe.Stages.ToDictionary(stage => stage.Name, stage => clock.Wanted(run, stage)), clock.Medians);
            WholeFile.Write(Path.Combine(Directory.CreateDirectory(folder).FullName, FileName), JsonSerializer.SerializeToUtf8Bytes(made, Json));
            return made;
        }
        finally
        {
            Directory.Delete(trial, recursive: true);
        }
    }

    /// <summary>What the budget changes in the recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    public IEnumerable<string> Changes(Recipe recipe) => recipe.Stages.Select(stage => stage.Epochs is { } epochs
        ? string.Create(CultureInfo.InvariantCulture, $"stages.{stage.Name}.epochs={epochs * Factor:0.######}")
        : string.Create(CultureInfo.InvariantCulture, $"stages.{stage.Name}.steps={Steps[stage.Name]}"));

    // Processor time between two steps of a stage; before the first stands what is built for the stage.
    private sealed class StepClock : ITrainingObserver
    {
        private readonly Dictionary<string, List<double>> times = [];
        private (string Stage, TimeSpan Processor)? last;

        public IReadOnlyDictionary<string, double> Medians => times.ToDictionary(stage => stage.Key, stage => stage.Value.Order().ElementAt(stage.Value.Count / 2));

        public long Wanted(RecipeRun run, StageRecipe stage) => stage.Epochs is null
            ? stage.Steps
            : StageRunner.StepsOf(stage, StageRunner.Source(new StageSurroundings(run.Built, () => run.Built, run.Recipe, Path.GetDirectoryName(run.Document.Path)!), stage));

        public void OnStep(StepReport report)
        {
            var now = Environment.CpuUsage.TotalTime;
            var stage = times.TryGetValue(report.Stage, out var known) ? known : times[report.Stage] = [];
            if (last is { } before && before.Stage == report.Stage)
            {
                stage.Add((now - before.Processor).TotalSeconds);
            }

            last = (report.Stage, now);
        }

        public void OnSkippedStep(long step, double gradientNorm)
        {
        }
    }
}
