using Collimate.Adapters;
using Collimate.Alignment.Objectives;
using Collimate.Alignment.Objectives.Preference;
using Collimate.Training;

namespace Collimate.Recipes.Schema;

/// <summary>Options of direct preference optimisation.</summary>
public sealed record PreferenceOptions : IValidatedOptions
{
    /// <summary>What the answers' probabilities are held against.</summary>
    public required ReferenceKind Reference { get; init; }

    /// <summary>How a preference becomes a loss.</summary>
    public PreferenceLoss Variant { get; init; }

    /// <summary>How closely the model is held to the reference: the larger, the closer.</summary>
    [RecipeRange(0, MinimumExcluded = true)]
    public double Beta { get; init; } = 0.1;

    /// <summary>The share of preferences that are taken to be the wrong way round.</summary>
    [RecipeRange(0, 0.5)]
    public double LabelSmoothing { get; init; }

    /// <summary>The weight of the language model's loss on the chosen answers, which keeps them likely; 0 for none.</summary>
    [RecipeRange(0)]
    public double SftWeight { get; init; }

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (Variant == PreferenceLoss.Ipo && LabelSmoothing > 0)
        {
            yield return (nameof(LabelSmoothing), "belongs to variant: dpo; ipo draws the margin to a target and has nothing to smooth. Leave it out.");
        }
    }
}

/// <summary>What a preference objective holds the model against.</summary>
public enum ReferenceKind
{
    /// <summary>The model without the adapters that the stage trains.</summary>
    AdaptersOff,

    /// <summary>A copy of the model as it was when the stage began.</summary>
    FrozenCopy,
}

/// <summary>Makes what preference optimisation needs.</summary>
internal static class PreferenceParts
{
    /// <summary>The objective that a recipe names.</summary>
    public static IObjective Objective(PreferenceOptions options, SeamContext context)
    {
        var stage = context.Stage!;
        IReferenceModel reference = options.Reference == ReferenceKind.AdaptersOff
            ? new AdaptersOff(stage.Trains)
            : FrozenCopy.Of(context.Built!.Model, StageParameters.Of(context.Built, stage).Names, () => Copy(context));
        return new PreferenceObjective(reference, options.Variant, options.Beta, options.LabelSmoothing, options.SftWeight);
    }

    private static Alignment.VisionLanguageModel Copy(SeamContext context)
    {
        var copy = context.MakeReplica!().Model;
        if (AdapterSet.Find(context.Built!.Model) is { } adapters)
        {
            AdapterSet.Find(copy)!.Activate(adapters.Active);
        }

        return copy;
    }
}
