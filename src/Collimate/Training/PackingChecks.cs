using Collimate.Recipes;
using Collimate.Recipes.Schema;

namespace Collimate.Training;

/// <summary>Refuses to pack several samples into a row where a part of the model, or an objective, takes a row for one sample.</summary>
internal static class PackingChecks
{
    /// <summary>Looks at every stage that packs.</summary>
    /// <exception cref="RecipeException">Something does not keep apart the samples of a row; the message says what.</exception>
    internal static void Check(Recipe recipe)
    {
        foreach (var stage in recipe.Stages.Where(stage => stage.Packing.IsOn))
        {
            var model = recipe.Model;
            if (Seams.Composition.Read(model.Composition).Type != "text_only")
            {
                Refuse(stage, model.Composition, Seams.Composition.Read(model.Composition).Type, "concat", "orders the tokens of a whole row, also from sample to sample");
            }

            foreach (var objective in stage.Objectives ?? [])
            {
                Refuse(stage, objective.Objective, Seams.Objective.Read(objective.Objective).Type, "language", "takes a row for one sample");
            }
        }
    }

    /// <summary>Refuses a choice other than the one that keeps samples apart.</summary>
    internal static void Refuse(StageRecipe stage, RecipeNode? node, string type, string allowed, string reason)
    {
        if (type != allowed)
        {
            throw node!.Error($"'{type}' {reason}, so stage '{stage.Name}' cannot pack several samples into one. Say packing: false there (group_by_length: true saves padding too), or choose '{allowed}' here.");
        }
    }
}
