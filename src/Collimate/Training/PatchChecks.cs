using Collimate.Alignment.Composition.TokenMixer;
using Collimate.Recipes;
using Collimate.Recipes.Schema;

namespace Collimate.Training;

/// <summary>Refuses what compares visual tokens with patches, or looks at the model's own pictures, beside towers and connectors that leave it neither.</summary>
internal static class PatchChecks
{
    /// <summary>Looks at every stage's objectives, and at the composition.</summary>
    /// <exception cref="RecipeException">Something needs a visual token for every patch, or one picture as the tower sees it.</exception>
    public static void Check(Recipe recipe, BuiltModel built)
    {
        if (built.Processor is null)
        {
            return;
        }

        foreach (var (stage, objective) in recipe.Stages.SelectMany(stage => (stage.Objectives ?? []).Select(one => (stage, one.Objective))))
        {
            if (Seams.Objective.Read(objective) is { Type: "sea", Options: SemanticAlignmentOptions sea })
            {
                Refuse(built, objective!, $"SEA in stage '{stage.Name}' pairs every visual token with a patch");
                if (built.Processor.Transforms.Count > 1 && sea.Labels is RecipeMap labels && labels.Find("type")?.Value is RecipeScalar { Text: "live" })
                {
                    throw sea.Labels.Error("live labels look at the tower's own pictures, of which this tower (fused, multi_scale) has several; make a file of labels, or take a single encoder.");
                }
            }
        }

        if (built.Model.Composition is TokenMixerComposition { Words: not null })
        {
            Refuse(built, recipe.Model.Composition!, "the encoder of composition.space compares every visual token as a patch");
        }
    }

    private static void Refuse(BuiltModel built, RecipeNode choice, string what)
    {
        var (grid, model) = (built.Model.Vision.Grid, built.Model);
        if (model.Connector.GridOf(grid) != grid || model.TokensPerImage != grid.Count)
        {
            throw choice.Error($"{what}, but {model.TokensPerImage} visual tokens are made of {grid.Count} patches; take a connector that keeps patches (mlp, linear, fused_mlp), with text tokens left out, or leave this out.");
        }
    }
}
