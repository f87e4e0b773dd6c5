using Collimate.Data.Scenes;
using Collimate.Imaging;
using Collimate.Models.Vision.Convolutional;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training.Programs;

namespace Collimate.Training;

/// <summary>Pretrains a residual network as a <see cref="ResNetRecipe"/> says.</summary>
public static class ResNetTrainer
{
    private const int StatisticsBatches = 60;
    private const double WarmupShare = 0.05;

    /// <summary>Trains.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="workers">Worker threads.</param>
    /// <param name="observer">Is told of every step.</param>
    /// <param name="folder">Where the network is written, with its preprocessing, when training ends or is ended.</param>
    /// <param name="cancellation">Ends the run after the step in hand.</param>
    /// <returns>Whether all steps were done.</returns>
    public static bool Run(ResNetRecipe recipe, int workers, ITrainingObserver? observer, string folder, CancellationToken cancellation = default)
    {
        var (world, stage, size) = (SceneSampleSource.World, recipe.Training, recipe.ResidualNetwork.ImageSize);
        using var generator = new Generator((ulong)recipe.Seed);
        using var model = new ResNet(recipe.ResidualNetwork.ToConfig(world.Items.Count), generator);
        ParameterGroup[] groups = [.. model.NamedParameters().Select(p => new ParameterGroup(p.Name, [p.Value])
        {
            LearningRate = stage.LearningRate, WeightDecay = p.Value.Rank > 1 ? stage.WeightDecay : 0,
        })];
        using var optimizer = new AdamW(groups);
        var options = new SceneNamesOptions { Seed = stage.DataSeed, ImageSize = size, BatchSize = stage.BatchSize, Pieces = stage.Pieces };
        using var program = new SceneNamesProgram(model, groups, world, options);
        var schedule = LearningRateSchedule.Cosine(stage.Steps, (long)Math.Ceiling(stage.Steps * WarmupShare), 0.02);
        var done = Trainer.Run(program, new TrainingOptions { Steps = stage.Steps, Workers = workers, Schedule = schedule }, optimizer, observer, cancellation: cancellation);
        program.MeasureStatistics(StatisticsBatches);
        model.Save(folder);
        TransformFor(size).Save(Path.Combine(folder, "preprocessor_config.json"));
        return done == stage.Steps;
    }

    // Exact size, values from -1 to 1, as scenes are drawn for it.
    private static ImageTransform TransformFor(int size) => new() { ExactSize = new ImageSize(size, size), Filter = ResampleFilter.Bicubic, RescaleFactor = 1 / 255.0, Mean = [0.5, 0.5, 0.5], Deviation = [0.5, 0.5, 0.5] };
}
