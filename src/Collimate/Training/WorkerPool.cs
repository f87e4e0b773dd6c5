using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Collimate.Torch;

namespace Collimate.Training;

/// <summary>Runs the pieces of a step on long-lived threads, one core each, and adds their gradients in a fixed order.</summary>
/// <remarks>
/// Threads take pieces as they become free, so a core that other work slows down simply does fewer; <see cref="GradientSum"/> keeps the order of the additions.
/// </remarks>
internal sealed class WorkerPool<TPiece> : IDisposable
{
    private readonly List<TrainingProgram<TPiece>.Worker> workers = [];
    private readonly Thread[] threads = [];
    private readonly BlockingCollection<Job> jobs = new();

    internal WorkerPool(TrainingProgram<TPiece> program, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, "workers");
        try
        {
            for (var index = 0; index < count; index++)
            {
                workers.Add(program.CreateWorker(index));
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        threads = [.. workers.Skip(1).Select(Start)];
    }

    /// <summary>Computes the pieces and leaves the sum of their gradients in the first worker's parameters.</summary>
    /// <param name="pieces">The pieces of a step; each is released once it has been run.</param>
    /// <param name="clock">Where the run stands.</param>
    /// <param name="begun">What an interrupted run had already done of this step; taken over.</param>
    /// <param name="beforeLast">Told before a worker alone begins on the last piece: that backward pass completes the gradients.</param>
    /// <param name="interruption">Ends the work between two pieces.</param>
    /// <returns>What the step gave, or, where it was interrupted, what is done of it.</returns>
    internal (PieceResult Whole, PartialStep? Interrupted) Run(
        IReadOnlyList<TPiece> pieces, StepClock clock, PartialStep? begun = null, Action? beforeLast = null,
        CancellationToken interruption = default)
    {
        var first = begun?.Pieces ?? 0;
        var results = new PieceResult?[pieces.Count];
        using var sum = new GradientSum(workers[0].Parameters.Count, begun is null ? null : (begun.Gradients, begun.Pieces));
        using var done = new CountdownEvent(pieces.Count - first + 1);
        var failures = new ConcurrentQueue<Exception>();
        var queue = new ConcurrentQueue<int>(Enumerable.Range(first, pieces.Count - first));
        void Work(TrainingProgram<TPiece>.Worker worker)
        {
            while (queue.TryDequeue(out var index))
            {
                try
                {
                    if (failures.IsEmpty && !interruption.IsCancellationRequested)
                    {
                        using var scope = new TensorScope();
                        results[index] = threads.Length == 0 ? RunAlone(worker, pieces[index], clock, sum, index == pieces.Count - 1 ? beforeLast : null) : worker.Run(pieces[index], clock);
                        if (threads.Length > 0)
                        {
                            sum.Add(index, Take(worker.Parameters));
                        }
                    }
                }
                catch (Exception failure)
                {
                    failures.Enqueue(failure);
                }
                finally
                {
                    (pieces[index] as IDisposable)?.Dispose();
                    done.Signal();
                }
            }
        }

        foreach (var piece in pieces.Take(first))
        {
            (piece as IDisposable)?.Dispose();
        }

        foreach (var _ in threads)
        {
            jobs.Add(new Job(Work), CancellationToken.None);
        }

        Work(workers[0]);
        done.Signal();
        done.Wait(CancellationToken.None);
        if (failures.TryDequeue(out var problem))
        {
            ForgetGradients();
            ExceptionDispatchInfo.Throw(problem);
        }

        // Pieces beyond the first one missing are not in the sum, and are done again.
        var whole = results.Take(sum.Pieces).OfType<PieceResult>().Aggregate(
            new PieceResult(begun?.Loss ?? 0, begun?.Samples ?? 0, begun?.Tokens ?? 0),
            (total, part) => total + part);
        if (sum.Pieces < pieces.Count)
        {
            return (whole, new PartialStep(sum.Pieces, sum.Take(), whole.Loss, whole.Samples, whole.Tokens));
        }

        foreach (var (parameter, gradient) in workers[0].Parameters.Zip(sum.Take()))
        {
            parameter.Grad = gradient;
            gradient?.Dispose();
        }

        return (whole, null);
    }

    public void Dispose()
    {
        jobs.CompleteAdding();
        foreach (var thread in threads)
        {
            thread.Join();
        }

        foreach (var worker in workers)
        {
            worker.Dispose();
        }

        jobs.Dispose();
    }

    private Thread Start(TrainingProgram<TPiece>.Worker worker)
    {
        var thread = new Thread(() =>
        {
            foreach (var job in jobs.GetConsumingEnumerable())
            {
                job.Work(worker);
            }
        })
        { IsBackground = true, Name = "training worker" };
        thread.Start();
        return thread;
    }

    private static PieceResult RunAlone(TrainingProgram<TPiece>.Worker worker, TPiece piece, StepClock clock, GradientSum sum, Action? before)
    {
        sum.Lend(worker.Parameters);
        before?.Invoke();
        var result = worker.Run(piece, clock);
        sum.Return(worker.Parameters);
        return result;
    }

    private static Tensor?[] Take(IReadOnlyList<Tensor> parameters)
    {
        var taken = new Tensor?[parameters.Count];
        for (var k = 0; k < taken.Length; k++)
        {
            taken[k] = parameters[k].Grad?.Keep();
            parameters[k].Grad = null;
        }

        return taken;
    }

    // What failed in the middle left some in its worker.
    private void ForgetGradients()
    {
        foreach (var parameter in workers.SelectMany(worker => worker.Parameters))
        {
            parameter.Grad = null;
        }
    }

    private sealed record Job(Action<TrainingProgram<TPiece>.Worker> Work);
}
