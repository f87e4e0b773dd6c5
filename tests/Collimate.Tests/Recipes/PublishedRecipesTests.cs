using Collimate.Alignment.Composition.Gps;
using Collimate.Alignment.Composition.TokenMixer;
using Collimate.Data.Records;
using Collimate.Data.Vsft;
using Collimate.Recipes;
using Collimate.Recipes.Schema;

namespace Collimate.Tests.Recipes;

/// <summary>The recipes of published systems can be read, though their checkpoints and data are not here.</summary>
public sealed class PublishedRecipesTests
{
    [Fact]
    public void PathVqa_LastStage_KeepsThePapersSettingsAndChangesItsData()
    {
        var path = Path.Combine(RecipesFolder(), "pathvqa.yaml");
        var recipe = RecipeDocument.Load(path).Bind<Recipe>();
        var (last, data) = (recipe.Stages[^1], (RecipeMap)recipe.Stages[^1].Data);

        Assert.Equal(["unmask", "align", "captions", "instruct"], recipe.Stages.Select(stage => stage.Name));
        Assert.Equal(
            (5e-6, 1e-4, 2e-5, 128, 1e-8, 0.01), (last.LearningRates["vision"], last.LearningRates["connector"], last.LearningRates["language"], last.BatchSize, last.LowestRate, last.WeightDecay));
        Assert.Equal("path_vqa", ((RecipeScalar)data.Find("type")!.Value).Text);
        Assert.Null(data.Find("image_folder")); // nothing of the other data's options stays
        Assert.Equal(0.01, last.BadSamples);
        Assert.All(recipe.Stages, stage => Assert.True(stage.GroupByLength.IsOn));
        Assert.Equal(0, recipe.Stages[0].BadSamples);
    }

    [Fact]
    public void TokenMixer_Settings_AreThePublishedOnes()
    {
        var recipe = RecipeDocument.Load(Path.Combine(RecipesFolder(), "token-mixer.yaml")).Bind<Recipe>();
        var stage = Assert.Single(recipe.Stages);
        var mixer = (TokenMixerOptions)Seams.Composition.Read(recipe.Model.Composition).Options!;
        var adapter = (RecipeMap)recipe.Model.Adapters!["language"];

        Assert.Equal((TokenMixerVariant.Paper, 0.1, ImageSide.Before), (mixer.Variant, mixer.LeastCosine, mixer.Images));
        Assert.Equal(("8", "16", "0.05"), (Text(adapter, "rank"), Text(adapter, "alpha"), Text(adapter, "dropout")));
        Assert.Equal(["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"], ((RecipeList)adapter.Find("targets")!.Value).Items.Select(item => ((RecipeScalar)item).Text));
        Assert.Equal(
            (1e-4, OptimizerKind.AdamW8Bit, ScheduleKind.Cosine, 0.03, 16, 4, 5.0),
            (stage.LearningRates["adapters"], stage.Optimizer, stage.Schedule, stage.WarmupRatio, stage.BatchSize, stage.MicroBatch!.Value, stage.Epochs!.Value));
        Assert.True(stage.Validation!.Patience > 0);
        Assert.False(stage.Packed);
        Assert.Equal((DataSplit.Train, DataSplit.Validation), (Data(stage.Data).Split, Data(stage.Validation.Data).Split));
        Assert.Equal(Data(stage.Data).Splits, Data(stage.Validation.Data).Splits);
        Assert.Equal(Data(stage.Data).SplitSeed, Data(stage.Validation.Data).SplitSeed);

        static VsftOptions Data(RecipeNode node) => (VsftOptions)Seams.Data.Read(node).Options!;
        static string Text(RecipeMap map, string key) => ((RecipeScalar)map.Find(key)!.Value).Text;
    }

    [Fact]
    public void Gps_Recipe_HasThePublishedSettings()
    {
        var recipe = RecipeDocument.Load(Path.Combine(RecipesFolder(), "gps.yaml")).Bind<Recipe>();
        var options = (GpsOptions)Seams.Composition.Read(recipe.Model.Composition).Options!;
        var stage = Assert.Single(recipe.Stages);

        Assert.Equal((4, 8192, 0.5, false, 1.0), (options.Network(2048).Layers, options.Network(2048).Hidden, options.Alpha, options.IsHard(1), options.Course.At(0.5)));
        Assert.Equal(["connector", "language", "vision"], recipe.Model.Adapters!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((1e-4, 1e-4), (stage.LearningRates["adapters"], stage.LearningRates["composition"]));
        Assert.Equal((8, 2, 10, false), (stage.BatchSize, stage.MicroBatch!.Value, stage.Epochs!.Value, stage.Packed));
        Assert.True(stage.Validation!.Patience > 0);
    }

    [Fact]
    public void ScenesGps_Recipe_DiffersFromItsBaselineInTheOrderAlone()
    {
        var (baseline, gps) = (Load("llava-unpacked.yaml"), Load("gps.yaml"));

        Assert.IsType<GpsOptions>(Seams.Composition.Read(gps.Model.Composition).Options);
        foreach (var (plain, ordered) in baseline.Stages.Zip(gps.Stages, (a, b) => (a, b)))
        {
            Assert.Equal((plain.Name, plain.Steps, plain.BatchSize, plain.Packed), (ordered.Name, ordered.Steps, ordered.BatchSize, ordered.Packed));
            Assert.Equal(plain.LearningRates.OrderBy(part => part.Key), ordered.LearningRates.Where(part => part.Key != "composition").OrderBy(part => part.Key));
            Assert.Contains("composition", ordered.LearningRates.Keys);
        }

        Recipe Load(string name) => RecipeDocument.Load(Path.Combine(RecipesFolder(), "scenes", name)).Bind<Recipe>();
    }

    internal static string RecipesFolder()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Collimate.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return Path.Combine(folder, "recipes");
    }
}
