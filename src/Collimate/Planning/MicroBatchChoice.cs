using System.Text.Json;
using Collimate.Recipes.Schema;
using Collimate.Torch.Serialization;
using Collimate.Training;

namespace Collimate.Planning;

/// <summary>Finds the micro-batch of stages that leave it to be found (<c>micro_batch: auto</c>), once for a run: going on from a checkpoint takes what was found at first.</summary>
/// <param name="run">The model, the recipe, and who trains.</param>
/// <param name="memory">The bound on memory, in bytes; what is available where null.</param>
internal sealed class MicroBatchChoice(StageSurroundings run, long? memory)
{
    private readonly PlanTerms terms = PlanTerms.Here(memory, run.Ranks?.Count ?? 1);
    private StagePlanner? planner;

    /// <summary>Where the sizes that were found are kept, in the run's folder.</summary>
    public const string FileName = "micro_batch.json";

    /// <summary>The recipe's stages with every micro-batch known.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="resumes">Whether sizes that an earlier start found there hold.</param>
    /// <exception cref="RunException">Not even one sample fits.</exception>
    public IReadOnlyList<StageRecipe> In(string folder, bool resumes)
    {
        if (!run.Recipe.Stages.Any(stage => stage.MicroBatch is { IsAuto: true }))
        {
            return run.Recipe.Stages;
        }

        var path = Path.Combine(folder, FileName);
        var isFirst = run.Ranks is null or { Rank: 0 };
        var found = isFirst && resumes && File.Exists(path) ? JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(path))! : [];
        var stages = run.Recipe.Stages.Select(stage => stage.MicroBatch is { IsAuto: true } ? stage with { MicroBatch = Choose(stage, isFirst, found) } : stage).ToArray();
        if (isFirst)
        {
            WholeFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(found));
        }

        return stages;
    }

    // Rank 0 finds it for all, as all must cut a batch alike.
    private int Choose(StageRecipe stage, bool isFirst, Dictionary<string, int> found)
    {
        var failure = "";
        double[] answer = [0];
        if (isFirst)
        {
            answer[0] = found.TryGetValue(stage.Name, out var before) && before <= stage.BatchSize ? before : Find(stage, out failure);
            found[stage.Name] = (int)answer[0];
        }

        run.Ranks?.Sum(answer);
        return answer[0] > 0 ? (int)answer[0] : throw new RunException(
            isFirst ? failure : $"stage '{stage.Name}': rank 0 found that not even one sample fits into its memory.");
    }

    private int Find(StageRecipe stage, out string failure)
    {
        planner ??= new StagePlanner(run, terms);
        var plan = planner.Plan(stage, measuresTime: false);
        failure = plan.Fits ? "" :
            $"stage '{stage.Name}' leaves its micro-batch to be found, but with one sample at a time it takes {ByteSize.Format(plan.Memory.Total)}, more than {ByteSize.Format(terms.Budget)} ({terms.Origin}). " +
            (plan.Advice.FirstOrDefault(advice => advice.Fits) is { } help ? $"This would fit: {help.Change}." : "Train a smaller model, or on a machine with more memory.");
        if (plan.Fits)
        {
            run.Observer?.OnNote($"stage '{stage.Name}': pieces of {plan.MicroBatch} samples, about {ByteSize.Format(plan.Memory.Total)} in all, within {ByteSize.Format(terms.Budget)} ({terms.Origin}).");
        }

        return plan.Fits ? plan.MicroBatch : 0;
    }
}
