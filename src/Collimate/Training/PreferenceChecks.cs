using Collimate.Data.Scenes;
using Collimate.Recipes;
using Collimate.Recipes.Schema;

namespace Collimate.Training;

/// <summary>Refuses stages that learn preferences beside choices that do not go with them, before anything is trained.</summary>
internal static class PreferenceChecks
{
    /// <summary>The word for the objective in a recipe.</summary>
    private const string Word = "dpo";

    /// <summary>Whether a stage learns from pairs of answers.</summary>
    internal static bool HasPreferences(StageRecipe stage) => (stage.Objectives ?? []).Any(entry => Seams.Objective.Read(entry.Objective).Type == Word);

    /// <summary>Looks at every stage that learns preferences.</summary>
    /// <exception cref="RecipeException">Two choices do not go together; the message says why.</exception>
    internal static void Check(Recipe recipe)
    {
        foreach (var (number, stage) in recipe.Stages.Index().Where(entry => HasPreferences(entry.Item)))
        {
            CheckData(stage);
            foreach (var choice in stage.Objectives!.Select(entry => Seams.Objective.Read(entry.Objective)))
            {
                if (choice.Type == "language")
                {
                    throw choice.Node.Error($"stage '{stage.Name}' learns from pairs of answers, and 'language' would learn the rejected ones too; leave it out, and say sft_weight: 1 in '{Word}' for the loss of the chosen ones.");
                }

                if (choice.Options is PreferenceOptions { Reference: ReferenceKind.AdaptersOff })
                {
                    CheckAdapters(recipe, number, choice.Node);
                }
            }
        }
    }

    private static void CheckData(StageRecipe stage)
    {
        var data = Seams.Data.Read(stage.Data);
        if (data.Type != "preferences" && data.Options is not SceneSourceOptions { Content: SceneContent.Preferences })
        {
            throw stage.Data.Error($"stage '{stage.Name}' compares two answers ('{Word}'), and these data have one; take type: preferences, or scenes with content: preferences.");
        }

        if (stage.Noise is not null)
        {
            throw stage.Data.Error($"stage '{stage.Name}' compares two answers to one prompt ('{Word}'), and noise would make them two prompts; leave noise: out.");
        }
    }

    private static void CheckAdapters(Recipe recipe, int number, RecipeNode node)
    {
        const string Remedy = "say reference: frozen_copy";
        var stage = recipe.Stages[number];
        var adapters = recipe.Model.Adapters?.Keys.ToArray() ?? [];
        if (adapters.Length == 0)
        {
            throw node.Error($"the reference is to be the model without its adapters, but it has none; name them below model: (adapters:), or {Remedy}.");
        }

        if (stage.LearningRates.Keys.FirstOrDefault(part => !ModelParts.IsAdapters(part)) is { } part)
        {
            throw node.Error($"the reference is to be the model without its adapters, but stage '{stage.Name}' trains '{part}' too, and the reference would move with it; train adapters alone, or {Remedy}.");
        }

        if (recipe.Stages.Take(number).FirstOrDefault(earlier => Array.Exists(adapters, adapter => stage.Trains(adapter) && earlier.Trains(adapter))) is { } before)
        {
            throw node.Error($"the reference is to be the model without its adapters, but stage '{before.Name}' has trained them already, so that would not be the model as stage '{stage.Name}' finds it; train another adapter, or {Remedy}.");
        }
    }
}
