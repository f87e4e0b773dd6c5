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

    private static string RecipesFolder()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Collimate.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return Path.Combine(folder, "recipes");
    }
}
