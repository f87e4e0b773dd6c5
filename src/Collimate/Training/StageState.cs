using Collimate.Torch;
using Collimate.Torch.Optimization;

namespace Collimate.Training;

/// <summary>Where a run stands: stage, step, the optimizer's moments, and how the validation has gone.</summary>
public sealed class StageState
{
    private Optimizer? optimizer;
    private const string LearntPrefix = "learnt/"; // before the names of what a stage's objectives learn
    private IReadOnlyList<string> names = [];
    private Module? objectives;
    private IReadOnlyDictionary<string, Tensor>? restored;

    /// <param name="stage">The stage's number, from 0.</param>
    /// <param name="step">Finished steps of it.</param>
    /// <param name="restored">The optimizer's state at that step, where the stage has begun.</param>
    public StageState(int stage, long step = 0, IReadOnlyDictionary<string, Tensor>? restored = null) =>
        (Stage, Step, this.restored) = (stage, step, restored);

    /// <summary>The stage's number, from 0.</summary>
    public int Stage { get; }

    /// <summary>Finished steps of the stage.</summary>
    public long Step { get; private set; }

    /// <summary>What is done of the step after those, where the run was interrupted within it.</summary>
    public PartialStep? Within { get; private set; }

    /// <summary>How the validation has gone; unchanged where the stage has none.</summary>
    public ValidationProgress Validation { get; set; } = new();

    /// <summary>The names of the parameters that learn, group after group.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>The state of the optimizer and of what the stage's objectives learn, for a checkpoint.</summary>
    public IReadOnlyDictionary<string, Tensor> OptimizerState => optimizer is null
        ? restored ?? new Dictionary<string, Tensor>()
        : optimizer.StateDict(names).Concat((objectives?.NamedState(LearntPrefix) ?? []).Select(entry => KeyValuePair.Create(entry.Name, entry.Value))).ToDictionary();

    internal void Attach(Optimizer attached, IReadOnlyList<string> parameterNames, Module? learning = null)
    {
        (optimizer, names, objectives) = (attached, parameterNames, learning);
        if (restored is not null)
        {
            attached.LoadStateDict(restored.Where(entry => !entry.Key.StartsWith(LearntPrefix, StringComparison.Ordinal)).ToDictionary(), parameterNames);
            learning?.LoadStateDict(
                restored.Where(entry => entry.Key.StartsWith(LearntPrefix, StringComparison.Ordinal)).ToDictionary(entry => entry.Key[LearntPrefix.Length..], entry => entry.Value));
            foreach (var tensor in restored.Values)
            {
                tensor.Dispose();
            }
        }

        restored = null;
    }

    internal StageState At(long step, PartialStep? within = null)
    {
        (Step, Within) = (step, within);
        return this;
    }

    /// <summary>Hands over what was done of the next step.</summary>
    internal PartialStep? TakeWithin()
    {
        var taken = Within;
        Within = null;
        return taken;
    }
}

/// <summary>How the validation of a stage has gone.</summary>
/// <param name="BestLoss">The lowest loss so far; null before the first.</param>
/// <param name="BestStep">After which step.</param>
/// <param name="Misses">Validations since then.</param>
public sealed record ValidationProgress(double? BestLoss = null, long BestStep = 0, int Misses = 0)
{
    /// <summary>The progress after one more validation.</summary>
    public ValidationProgress After(long step, double loss) =>
        BestLoss is null || loss < BestLoss ? new ValidationProgress(loss, step) : this with { Misses = Misses + 1 };
}
