using Collimate.Recipes;
using Collimate.Recipes.Schema;

namespace Collimate.Training;

/// <summary>How a stage's batch is cut into pieces, and whether several processes can share them.</summary>
public static class StagePieces
{
    /// <summary>How many pieces are asked for, and how many there are when each has as many rows as the first.</summary>
    internal static (int Asked, int Made) Of(StageRecipe stage)
    {
        // As small as can be where the micro-batch is still to be found.
        var pieces = stage.MicroBatch is not { } most ? stage.Pieces : (stage.BatchSize + (most.Count ?? 1) - 1) / (most.Count ?? 1);
        var rows = (stage.BatchSize + pieces - 1) / pieces;
        return (pieces, stage.Packing.IsOn ? Math.Min(pieces, stage.BatchSize) : (stage.BatchSize + rows - 1) / rows);
    }

    /// <summary>Samples in the largest piece of a stage; where it leaves them to be found, as many as fit, shared so that pieces are alike.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="largest">The most samples that fit.</param>
    internal static int RowsOf(StageRecipe stage, int largest)
    {
        var pieces = stage.MicroBatch is { IsAuto: true } ? (stage.BatchSize + Math.Max(1, largest) - 1) / Math.Max(1, largest) : Of(stage).Asked;
        return (stage.BatchSize + pieces - 1) / pieces;
    }

    /// <summary>Checks that every stage's batch can be shared by so many ranks, each of which takes whole pieces of it.</summary>
    /// <exception cref="RecipeException">A stage has fewer pieces than there are ranks.</exception>
    public static void CheckShares(Recipe recipe, int ranks)
    {
        foreach (var stage in recipe.Stages)
        {
            if (Of(stage).Made is var made && made < ranks)
            {
                var remedy = stage.BatchSize < ranks ? "Enlarge batch_size" : $"Say pieces: {ranks} or more, with micro_batch left out";
                throw new RecipeException(
                    stage.Data.Location,
                    $"stage '{stage.Name}' cuts its batch of {stage.BatchSize} into {made} pieces, but {ranks} ranks are to train, each on whole pieces. {remedy}, or start fewer ranks.");
            }
        }
    }

    /// <summary>The processes whose passes exchange something. They meet one by one, so every process must have as many pieces and run them in order.</summary>
    /// <returns>Null where this process is alone.</returns>
    internal static IRankGroup? Exchange(StageSurroundings run, StageRecipe stage)
    {
        if (run.Ranks is not { Count: > 1 } ranks)
        {
            return null;
        }

        var made = Of(stage).Made;
        return made % ranks.Count != 0
            ? throw new RecipeException(stage.Data.Location, $"stage '{stage.Name}' has negatives of all ranks, but its {made} pieces do not divide among {ranks.Count} ranks; say pieces: {(made + ranks.Count - 1) / ranks.Count * ranks.Count}.")
            : run.Workers == 1 ? ranks
            : throw new RunException($"stage '{stage.Name}' has negatives of all ranks, which its passes exchange one after the other; start with --workers 1 (there are {run.Workers})");
    }
}
