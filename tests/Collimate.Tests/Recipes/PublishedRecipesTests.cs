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
