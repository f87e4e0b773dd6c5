using Collimate.Torch;
using Collimate.Torch.Optimization;

namespace Collimate.Training;

/// <summary>Where a run stands: stage, step, and the optimizer's moments.</summary>
public sealed class StageState
{
    private AdamW? optimizer;
    private IReadOnlyList<string> names = [];
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

    /// <summary>Steps between two checkpoints; 0 for none in between.</summary>
    public long SaveEvery { get; init; }

    /// <summary>The optimizer's state, for a checkpoint.</summary>
    public IReadOnlyDictionary<string, Tensor> OptimizerState => optimizer?.StateDict(names) ?? restored ?? new Dictionary<string, Tensor>();

    internal void Attach(AdamW attached, IReadOnlyList<string> parameterNames)
    {
        (optimizer, names) = (attached, parameterNames);
        if (restored is not null && Step > 0)
        {
            attached.LoadStateDict(restored, parameterNames);
        }

        restored = null;
    }

    internal StageState At(long step)
    {
        Step = step;
        return this;
    }
}
