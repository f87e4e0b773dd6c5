using Collimate.Alignment.Reasoning;
using Collimate.Models.Vision.Convolutional;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Training;

namespace Collimate.Tests.Training.Reasoning;

public sealed class ReasonerRecipesTests
{
    [Fact]
    public void Baseline_Recipe_HasThePublishedSettings()
    {
        var recipe = Load("smart101-r50-bert.yaml");
        Assert.Equal((ReasonerForm.Baseline, QfForm.None, PictureHead.PerPuzzle, true, 110), (recipe.Reasoner.Form, recipe.Reasoner.Qf, recipe.Reasoner.Image!.Head, recipe.Reasoner.Image.Trains, recipe.Reasoner.Question!.Places));
        Assert.Equal((100.0, 64, 1e-3, 0.0, 0.9, 0.99, 0.0), (recipe.Training.Epochs, recipe.Training.BatchSize, recipe.Training.LearningRate, recipe.Training.WeightDecay, recipe.Training.Beta1, recipe.Training.Beta2, recipe.Training.ClipNorm));
        Assert.Equal((ScheduleKind.Constant, 20, 80, 5), (recipe.Training.Schedule, recipe.Training.Validation!.Patience, recipe.Data.Splits.TrainShare, recipe.Data.Splits.ValidationShare));
    }

    [Fact]
    public void Fused_Recipe_HasThePublishedSettings()
    {
        var recipe = Load("smart101-fused.yaml");
        Assert.Equal(["dinov2-base", "siglip-base-patch16-224"], recipe.Reasoner.Image!.Towers.Select(tower => Path.GetFileName(tower.Path)));
        Assert.Equal((QfForm.Real, 128, 256, 2, 0.2), (recipe.Reasoner.Qf, recipe.Reasoner.Width, recipe.Reasoner.Inner, recipe.Reasoner.Heads, recipe.Reasoner.Dropout));
        Assert.Equal((3.0, 128, 3e-4, 0.2, 0.98, 1e-8, 10L, 1.0), (recipe.Training.Epochs, recipe.Training.BatchSize, recipe.Training.LearningRate, recipe.Training.WeightDecay, recipe.Training.Beta2, recipe.Training.Epsilon, recipe.Training.WarmupSteps, recipe.Training.ClipNorm));
        Assert.Equal((60, 20, 1000), (recipe.Data.Splits.TrainShare, recipe.Data.Splits.ValidationShare, recipe.Data.Splits.RowsPerPuzzle));
    }

    [Fact]
    public void GymRecipes_AllOfThem_CanBeRead()
    {
        var files = Directory.GetFiles(Path.Combine(Folder(), "scenes"), "smart101-*.yaml");
        Assert.Equal(9, files.Length);
        Assert.All(files, file => Assert.NotEmpty(Load(file).Name));
        Assert.Null(Load("scenes/smart101-question.yaml").Reasoner.Image);
        Assert.Null(Load("scenes/smart101-picture.yaml").Reasoner.Question);
        Assert.Equal(files.Length, files.Select(file => Load(file).Name).Distinct().Count()); // runs are told apart by it
    }

    [Fact]
    public void ResNetTrainer_AFewSteps_LeavesANetworkWithStatistics()
    {
        using var folder = new TemporaryFolder();
        var recipe = RecipeDocument.Load(Path.Combine(Folder(), "scenes", "pretrain-resnet.yaml"), ["training.steps=2", "training.batch_size=4", "residual_network.hidden_sizes=[8, 16]", "residual_network.depths=[1, 1]", "residual_network.embedding_size=8"]).Bind<ResNetRecipe>();
        var recorder = new Recorder();
        Assert.True(ResNetTrainer.Run(recipe, 1, recorder, folder["model"]));
        Assert.Equal(2, recorder.Steps.Count);
        using var scope = new TensorScope();
        using var network = ResNet.Load(folder["model"], withHead: false);
        Assert.Contains(network.NamedBuffers(), buffer => buffer.Name.EndsWith("running_var", StringComparison.Ordinal) && (buffer.Value - 1).Abs().Max().Item() > 0.01);
        Assert.False(network.Encode(Tensor.Zeros([1, 3, 96, 96])).Pooled.Abs().Max().Item() > 1e4);
    }

    private static ReasonerRecipe Load(string name) => RecipeDocument.Load(Path.Combine(Folder(), name)).Bind<ReasonerRecipe>();

    private static string Folder()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!Directory.Exists(Path.Combine(at.FullName, "recipes")))
        {
            at = at.Parent!;
        }

        return Path.Combine(at.FullName, "recipes");
    }
}
