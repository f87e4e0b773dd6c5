using Collimate.Data.Scenes;
using Collimate.Imaging;
using Collimate.Models.Text;
using Collimate.Recipes.Schema;
using Collimate.Tokenization;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training.Programs;

namespace Collimate.Training;

/// <summary>Pretrains a dual encoder as an <see cref="EncoderRecipe"/> says.</summary>
public static class EncoderTrainer
{
    /// <summary>Trains.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="workers">Worker threads.</param>
    /// <param name="observer">Is told of every step.</param>
    /// <param name="save">Is handed the model and its tokenizer every <paramref name="saveEvery"/> steps and at the end.</param>
    /// <param name="saveEvery">Steps between two calls of <paramref name="save"/>; 0 for the end only.</param>
    /// <param name="cancellation">Ends the run after the step in hand.</param>
    /// <returns>Whether all steps were done.</returns>
    public static bool Run(
        EncoderRecipe recipe, int workers, ITrainingObserver? observer, Action<DualEncoder, BytePairTokenizer> save, long saveEvery = 0, CancellationToken cancellation = default)
    {
        var world = SceneSampleSource.World;
        var tokenizer = SceneTokenizer.Train(world, recipe.DualEncoder.VocabularySize);
        using var generator = new Generator((ulong)recipe.Seed);
        using var model = new DualEncoder(recipe.DualEncoder.ToConfig(tokenizer), generator);
        var stage = recipe.Training;
        // In the order of the model's own parameters, which is the workers' order too.
        ParameterGroup[] groups = [.. model.NamedParameters().Select(p => new ParameterGroup(p.Name, [p.Value])
        {
            LearningRate = stage.LearningRate,
            WeightDecay = p.Value.Rank > 1 && !p.Name.Contains("embed", StringComparison.Ordinal) ? stage.WeightDecay : 0,
        })];
        using var optimizer = new AdamW(groups, (0.9, 0.98));
        var options = new DualEncoderProgramOptions
        {
            Seed = stage.DataSeed, BatchSize = stage.BatchSize, Pieces = stage.Pieces, RegionsPerPicture = stage.RegionsPerPicture,
            WholeWeight = stage.WholeWeight, Precision = stage.Precision == Precision.Bf16 ? ScalarType.BFloat16 : null,
        };
        using var program = new DualEncoderProgram(model, groups, tokenizer, world, options);
        var warmup = (long)Math.Ceiling(stage.Steps * stage.WarmupRatio);
        var done = Trainer.Run(
            program, new TrainingOptions { Steps = stage.Steps, Workers = workers, Schedule = LearningRateSchedule.Cosine(stage.Steps, warmup, 0.02), SaveEvery = saveEvery },
            optimizer, observer, new TrainingHooks { Save = _ => save(model, tokenizer) }, cancellation: cancellation);
        save(model, tokenizer);
        return done == stage.Steps;
    }

    /// <summary>The transform that belongs to encoders trained here: exact size, values from -1 to 1.</summary>
    public static ImageTransform TransformFor(DualEncoder model) => new()
    {
        ExactSize = new ImageSize(model.Config.Vision.ImageSize, model.Config.Vision.ImageSize),
        Filter = ResampleFilter.Bicubic,
        RescaleFactor = 1 / 255.0,
        Mean = [0.5, 0.5, 0.5],
        Deviation = [0.5, 0.5, 0.5],
    };
}
