using Collimate.Recipes.Schema;
using Collimate.Training;

namespace Collimate.Planning;

/// <summary>
/// Counts the floating-point operations of a step from the shapes of the matrices: 2 for each of a matrix's numbers and each position that it is
/// applied to, once forward and, where gradients flow, once for the gradient of what went in and once for that of the matrix. Attention's own
/// products are counted for the decoder; recomputation is not, as it does nothing for the model. Source: Kaplan et al. 2020, section 2.1.
/// </summary>
internal static class StageFlops
{
    /// <summary>Counts a step.</summary>
    /// <param name="run">The model.</param>
    /// <param name="stage">The stage; its parameters are unfrozen already.</param>
    /// <param name="rows">How long its rows are.</param>
    public static double OfStep(StageSurroundings run, StageRecipe stage, RowLengths rows)
    {
        var model = run.Built.Model;
        var perImage = model.Connector.TokenCount(model.Vision.TokenCount);
        var images = rows.Images * stage.BatchSize;
        var positions = rows.Mean * stage.BatchSize;
        var total = 0.0;
        foreach (var (name, value) in model.NamedParameters().Where(p => p.Value.Rank > 1 && !p.Name.Contains("embed", StringComparison.Ordinal) && !p.Name.Contains("lm_head", StringComparison.Ordinal)))
        {
            var isVision = name.StartsWith(ModelParts.Prefix("vision"), StringComparison.Ordinal);
            var met = isVision ? images * model.Vision.TokenCount : name.StartsWith(ModelParts.Prefix("connector"), StringComparison.Ordinal) ? images * perImage : positions;
            // Gradients pass through the decoder to whatever learns before it; a frozen tower has nothing before it.
            var passes = 1 + (isVision && !stage.LearningRates.ContainsKey("vision") ? 0 : 1) + (value.RequiresGrad ? 1 : 0);
            total += 2.0 * value.ElementCount * met * passes;
        }

        var language = model.Language.Config;
        var labelled = (double)rows.Answers / rows.Longest * positions; // logits exist for answers only
        var headPasses = 2 + (model.Language.HeadWeight.RequiresGrad ? 1 : 0);
        total += 2.0 * language.VocabularySize * language.HiddenSize * labelled * headPasses;
        total += 2.0 * 2 * language.LayerCount * language.HeadCount * language.HeadSize * rows.Mean * positions * 3;
        return total;
    }
}
