using Collimate.Alignment;
using Collimate.Alignment.Fusion;
using Collimate.Alignment.Towers;

namespace Collimate.Recipes.Schema;

/// <summary>Refuses a fusion beside choices that leave it nothing to do, and choices that count on a fusion where there is none.</summary>
internal static class FusionChecks
{
    /// <summary>Looks at a model's choices.</summary>
    /// <param name="recipe">The recipe's model.</param>
    /// <param name="model">The model it describes.</param>
    /// <exception cref="RecipeException">Two choices do not go together; the message names both and says why.</exception>
    public static void Check(ModelRecipe recipe, VisionLanguageModel model)
    {
        var fusion = Seams.Fusion.Read(recipe.Fusion);
        var (needs, name) = (model.Fusion.Needs, fusion.Type);
        if (needs != FusionNeeds.Nothing && model.Vision is NoTower)
        {
            throw fusion.Node.Error($"'{name}' brings vision into the decoder's layers, but the model has no eyes (vision: none); name a vision tower, or choose fusion: none.");
        }

        switch (needs)
        {
            case FusionNeeds.Places when !model.Composition.PlacesPictures:
                throw recipe.Composition!.Error($"'{Seams.Composition.Read(recipe.Composition).Type}' gives pictures no places in the sequence, and fusion '{name}' brings vision to those places; choose composition: concat.");
            case FusionNeeds.Places when model.Connector.TokenCount(model.Vision.TokenCount) is var places && places != model.Vision.TokenCount:
                throw fusion.Node.Error($"'{name}' brings every patch to a place of its own, but the connector makes {places} places of {model.Vision.TokenCount} patches; choose connector: zeros, or another that keeps their number.");
            case FusionNeeds.VisualTokens when model.Connector.LeavesPlacesEmpty:
                throw recipe.Connector!.Error($"'zeros' says nothing of pictures, and fusion '{name}' looks at what the connector says; choose another connector, such as mlp.");
            case FusionNeeds.Nothing when !model.Composition.PlacesPictures && model.Vision is not NoTower:
                throw recipe.Composition!.Error("'text_only' gives pictures no places in the sequence, and without a fusion nobody would see them; choose fusion: cross_attention, or composition: concat.");
            case FusionNeeds.Nothing when model.Connector.LeavesPlacesEmpty:
                throw recipe.Connector!.Error("'zeros' leaves pictures' places empty, and without a fusion nothing comes there; choose fusion: inverse_llava, or another connector, such as mlp.");
        }
    }

    /// <summary>Looks at what a recipe's stages ask of the model.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="model">The model it describes.</param>
    /// <exception cref="RecipeException">A stage trains what is not there, or pursues what nothing can reach.</exception>
    public static void Check(Recipe recipe, VisionLanguageModel model)
    {
        foreach (var stage in recipe.Stages)
        {
            if (stage.LearningRates.ContainsKey("fusion") && model.Fusion.Needs == FusionNeeds.Nothing)
            {
                throw new RecipeException(stage.Data.Location, $"stage '{stage.Name}' gives fusion a learning rate, but the model has none (fusion: none); leave it out, or choose a fusion.");
            }

            if (model.Connector.LeavesPlacesEmpty && stage.LearningRates.ContainsKey("connector"))
            {
                throw new RecipeException(stage.Data.Location, $"stage '{stage.Name}' gives the connector a learning rate, but 'zeros' has nothing to learn; leave it out.");
            }

            if (model.Connector.LeavesPlacesEmpty && (stage.Objectives ?? []).FirstOrDefault(entry => Seams.Objective.Read(entry.Objective).Type == "sea") is { } aligned)
            {
                throw aligned.Objective!.Error("'sea' draws visual tokens to words, but connector 'zeros' makes none that could be drawn; choose another connector, such as mlp, or leave the objective out.");
            }
        }
    }
}
