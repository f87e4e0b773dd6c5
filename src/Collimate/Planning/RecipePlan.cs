using Collimate.Recipes.Schema;
using Collimate.Training;

namespace Collimate.Planning;

/// <summary>What training a whole recipe will take.</summary>
public sealed record RecipePlan
{
    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>The bound on memory that the plan keeps to, in bytes.</summary>
    public required long Budget { get; init; }

    /// <summary>Where the bound comes from, in words.</summary>
    public required string BudgetFrom { get; init; }

    /// <summary>How many processes share every batch.</summary>
    public required int Processes { get; init; }

    /// <summary>Worker threads in each process.</summary>
    public required int Workers { get; init; }

    /// <summary>Every stage.</summary>
    public required IReadOnlyList<StagePlan> Stages { get; init; }

    /// <summary>The most the run's folder takes on disk: the checkpoints that stay, one being written, and the finished model.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>The largest size of the process.</summary>
    public long PeakMemory => Stages.Max(stage => stage.Memory.Total);

    /// <summary>Whether every stage fits.</summary>
    public bool Fits => Stages.All(stage => stage.Fits);

    /// <summary>All stages together, in seconds; null where time was not measured.</summary>
    public double? Seconds => Stages.All(stage => stage.Seconds is not null) ? Stages.Sum(stage => stage.Seconds) : null;

    /// <summary>Plans every stage of a recipe.</summary>
    /// <param name="run">The model, the recipe, and how many workers train. The model is run, and is as it was afterwards.</param>
    /// <param name="terms">The bound on memory, and how many processes train.</param>
    /// <param name="kept">How many checkpoints stay.</param>
    public static RecipePlan Make(StageSurroundings run, PlanTerms terms, int kept = 2)
    {
        var planner = new StagePlanner(run, terms);
        StagePlan[] stages = [.. run.Recipe.Stages.Select(stage => planner.Plan(stage, measuresTime: true))];
        var model = stages[0].Memory.Weights;
        var judged = run.Recipe.Stages.Any(stage => stage.Validation is not null);
        return new RecipePlan
        {
            Recipe = run.Recipe.Name,
            Budget = terms.Budget,
            BudgetFrom = terms.Origin,
            Processes = terms.Processes,
            Workers = run.Workers,
            Stages = stages,
            DiskBytes = ((kept + 1) * stages.Max(stage => stage.CheckpointBytes)) + (judged ? 2 * model : 0) + model,
        };
    }
}
