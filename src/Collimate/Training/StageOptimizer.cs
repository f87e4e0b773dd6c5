using Collimate.Recipes.Schema;
using Collimate.Torch.Optimization;

namespace Collimate.Training;

/// <summary>Makes the optimizer that a stage names.</summary>
internal static class StageOptimizer
{
    /// <summary>Makes it.</summary>
    /// <param name="stage">The stage: which optimizer, and its rates.</param>
    /// <param name="groups">What learns.</param>
    public static Optimizer Create(StageRecipe stage, IReadOnlyList<ParameterGroup> groups) => stage.Optimizer switch
    {
        OptimizerKind.AdamW8Bit => new AdamW8Bit(groups, (stage.Beta1, stage.Beta2), stage.Epsilon),
        _ => new AdamW(groups, (stage.Beta1, stage.Beta2), stage.Epsilon),
    };

    /// <summary>Bytes that its state takes.</summary>
    /// <param name="kind">Which optimizer.</param>
    /// <param name="groups">What learns.</param>
    public static long StateBytes(OptimizerKind kind, IReadOnlyList<ParameterGroup> groups) =>
        groups.Sum(kind == OptimizerKind.AdamW8Bit ? AdamW8Bit.StateBytes : AdamW.StateBytes);
}
