using Collimate.Alignment.Objectives;
using Collimate.Recipes.Schema;

namespace Collimate.Training;

/// <summary>A stage's objectives, part of the model until this is disposed.</summary>
internal sealed class StageObjectives : IDisposable
{
    private readonly BuiltModel built;

    /// <param name="stage">The stage.</param>
    /// <param name="context">What the objectives' factories need, the model among it.</param>
    public StageObjectives(StageRecipe stage, SeamContext context)
    {
        built = context.Built!;
        Set = Create(stage, context);
        Set.AttachTo(built.Model);
    }

    /// <summary>The objectives.</summary>
    public ObjectiveSet Set { get; }

    /// <summary>Makes a stage's objectives, which belong to no model yet.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="context">What their factories need.</param>
    public static ObjectiveSet Create(StageRecipe stage, SeamContext context) =>
        new([.. (stage.Objectives ?? [new ObjectiveRecipe()]).Select(o => (Seams.Objective.Create(o.Objective, context), o.Weight))]);

    /// <inheritdoc/>
    public void Dispose()
    {
        built.Model.Detach(Set);
        Set.Dispose();
    }
}
