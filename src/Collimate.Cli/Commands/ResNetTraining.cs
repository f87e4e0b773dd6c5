using Collimate.Cli.Display;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Training;

namespace Collimate.Cli.Commands;

/// <summary>What <c>collimate train</c> does with a recipe that has a <c>residual_network:</c> section.</summary>
internal static class ResNetTraining
{
    /// <summary>The key that such a recipe is known by.</summary>
    public const string Key = "residual_network";

    /// <summary>Trains, or only says what would be trained.</summary>
    public static int Run(RecipeDocument document, RunOptions options, bool planOnly, MeterExport? export, CommandIo io, CancellationToken cancellation)
    {
        var recipe = document.Bind<ResNetRecipe>();
        recipe = recipe with { Training = recipe.Training with { Steps = Math.Min(options.MaxSteps ?? long.MaxValue, recipe.Training.Steps) } };
        io.Output.WriteLine($"{recipe.Name}: {recipe.Training.Steps} steps of {recipe.Training.BatchSize} pictures, {options.Workers} workers");
        if (planOnly)
        {
            return ExitCode.Success;
        }

        var model = Path.Combine(options.Folder, "model");
        bool finished;
        using (var watch = new TrainingWatch(io, options.Folder, RecipeSnapshot.ToYaml(document), export))
        {
            finished = ResNetTrainer.Run(recipe, options.Workers, watch.Observer, model, cancellation);
        }

        if (finished)
        {
            return TrainCommand.Ended(null, "", model, io);
        }

        io.Error.WriteLine($"collimate: stopped after a whole step; the network as it is lies in {model}");
        return ExitCode.Interrupted;
    }
}
