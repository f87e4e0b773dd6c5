using Collimate.Alignment;
using Collimate.Torch;
using Collimate.Torch.Optimization;

namespace Collimate.Training;

/// <summary>What a <see cref="Trainer"/> trains: where its data come from, which parameters learn, and how one piece of a batch becomes a loss.</summary>
/// <remarks>
/// A step's batch is cut into <em>pieces</em>. Pieces are prepared ahead on a loader thread, run on worker threads that share the
/// parameters, and their gradients are added in the order of the pieces, so that the result does not depend on who ran what.
/// </remarks>
/// <typeparam name="TPiece">The host data of one piece.</typeparam>
public abstract class TrainingProgram<TPiece> : IDisposable
{
    /// <summary>A short name for progress lines and files.</summary>
    public abstract string Name { get; }

    /// <summary>What its samples are called where their rate is shown rather than that of tokens, such as <c>puzzles</c>; null for tokens.</summary>
    public virtual string? SampleName => null;

    /// <summary>The parameters that learn, with their learning rates.</summary>
    public abstract IReadOnlyList<ParameterGroup> ParameterGroups { get; }

    /// <summary>Prepares the host data of a step. Depends on the step's number alone, and runs on a thread of its own.</summary>
    /// <param name="step">The step's number, from 0.</param>
    /// <returns>The pieces of the step's batch; at least one.</returns>
    public abstract IReadOnlyList<TPiece> Prepare(long step);

    /// <summary>Tells what was noticed while a step was prepared; called on the training's thread before the step is run.</summary>
    /// <param name="step">The step's number, from 0.</param>
    /// <param name="observer">Is told.</param>
    public virtual void Announce(long step, ITrainingObserver observer)
    {
    }

    /// <summary>Reports about the gradients of a step, which are all there, on the training's thread before the parameters are moved.</summary>
    /// <param name="measures">Where to report.</param>
    public virtual void ReportGradients(MeasureSet measures)
    {
    }

    /// <summary>Makes the worker of one thread. The first works on the model itself, later ones on replicas that share its parameters.</summary>
    /// <param name="index">Which worker, from 0.</param>
    public abstract Worker CreateWorker(int index);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the program holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>One thread's view of the model.</summary>
    public abstract class Worker : IDisposable
    {
        /// <summary>The learning parameters in the order of the program's groups, as this worker's own leaves.</summary>
        public abstract IReadOnlyList<Tensor> Parameters { get; }

        /// <summary>Computes the loss of a piece and leaves its gradients in <see cref="Parameters"/>.</summary>
        /// <param name="piece">The data.</param>
        /// <param name="clock">Where the run stands.</param>
        public abstract PieceResult Run(TPiece piece, StepClock clock);

        /// <inheritdoc/>
        public void Dispose()
        {
            Dispose(disposing: true);
            GC.SuppressFinalize(this);
        }

        /// <summary>Releases what the worker holds.</summary>
        protected virtual void Dispose(bool disposing)
        {
        }
    }
}

/// <summary>Where a run stands: handed to whatever changes while training.</summary>
/// <param name="Step">The step's number, from 0.</param>
/// <param name="TotalSteps">How many steps the stage has.</param>
public readonly record struct StepClock(long Step, long TotalSteps)
{
    /// <summary>From 0 at the first step to 1 at the last.</summary>
    public double Progress => TotalSteps <= 1 ? 1 : (double)Step / (TotalSteps - 1);
}

/// <summary>What one piece gave.</summary>
/// <param name="Loss">Its part of the batch's loss: the parts of all pieces add up to it.</param>
/// <param name="Samples">How many samples it held.</param>
/// <param name="Tokens">How many positions it held.</param>
public readonly record struct PieceResult(double Loss, int Samples, int Tokens)
{
    /// <summary>Floating-point operations that the model needs for it, forward and backward; 0 where they are not counted.</summary>
    public double Flops { get; init; }

    /// <summary>What the model's seams reported; null for nothing.</summary>
    public MeasureSet? Measures { get; init; }

    /// <summary>Two pieces as one.</summary>
    public static PieceResult operator +(PieceResult left, PieceResult right) =>
        new(left.Loss + right.Loss, left.Samples + right.Samples, left.Tokens + right.Tokens)
        {
            Flops = left.Flops + right.Flops, Measures = Sum(left.Measures, right.Measures),
        };

    private static MeasureSet? Sum(MeasureSet? left, MeasureSet? right)
    {
        if (left is null || right is null)
        {
            return left ?? right;
        }

        var sum = new MeasureSet();
        sum.Add(left);
        sum.Add(right);
        return sum;
    }
}
