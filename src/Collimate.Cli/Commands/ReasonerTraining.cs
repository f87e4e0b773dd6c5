using Collimate.Cli.Display;
using Collimate.Recipes;
using Collimate.Training;
using Collimate.Training.Reasoning;

namespace Collimate.Cli.Commands;

/// <summary>What <c>collimate train</c> does with a recipe that has a <c>reasoner:</c> section.</summary>
internal static class ReasonerTraining
{
    /// <summary>The key that such a recipe is known by.</summary>
    public const string Key = "reasoner";

    /// <summary>Trains, or only says what would be trained.</summary>
    public static int Run(RecipeDocument document, string path, RunOptions options, bool planOnly, MeterExport? export, CommandIo io, CancellationToken cancellation)
    {
        using var run = new ReasonerRun(document, Path.GetDirectoryName(Path.GetFullPath(path))!, options);
        foreach (var note in run.Puzzles.Notes)
        {
            io.Error.WriteLine($"collimate: {note}");
        }

        io.Output.WriteLine($"{run.Recipe.Name}: {run.Puzzles.Kinds.Count} puzzles, {run.Puzzles.Train.Count:N0} instances to train on; {run.LearningCount:N0} of {run.Model.ParameterCount:N0} parameters learn");
        io.Output.WriteLine($"{run.Steps:N0} steps of {run.Recipe.Training.BatchSize} puzzles, {options.Workers} workers");
        if (planOnly)
        {
            return ExitCode.Success;
        }

        string? stopped;
        using (var watch = new TrainingWatch(io, options.Folder, RecipeSnapshot.ToYaml(document), export))
        {
            stopped = run.Train(watch.Observer, cancellation);
        }

        return TrainCommand.Ended(stopped, $"train {path} --out {options.Folder} --resume", run.ModelPath, io);
    }
}
