using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Collimate.Torch;

namespace Collimate.Training;

/// <summary>Runs the pieces of a step on long-lived threads, one core each, and adds their gradients in a fixed order.</summary>
/// <remarks>
/// Threads take pieces as they become free, so a core that other work slows down simply does fewer. Gradients are kept per piece and added
/// in the order of the pieces: floating-point addition is not associative, and a run must not depend on who was quicker.
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
    internal PieceResult[] Run(IReadOnlyList<TPiece> pieces, StepClock clock)
    {
        var results = new PieceResult[pieces.Count];
        var gradients = new Tensor?[pieces.Count][];
        using var done = new CountdownEvent(pieces.Count);
        var failures = new ConcurrentQueue<Exception>();
        var queue = new ConcurrentQueue<int>(Enumerable.Range(0, pieces.Count));
        void Work(TrainingProgram<TPiece>.Worker worker)
        {
            while (queue.TryDequeue(out var index))
            {
                try
                {
                    if (failures.IsEmpty)
                    {
                        using var scope = new TensorScope();
                        results[index] = worker.Run(pieces[index], clock);
                        gradients[index] = Take(worker.Parameters);
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

        foreach (var _ in threads)
        {
            jobs.Add(new Job(Work));
        }

        Work(workers[0]);
        done.Wait();
        if (failures.TryDequeue(out var first))
        {
            Release(gradients);
            ExceptionDispatchInfo.Throw(first);
        }

        Sum(gradients);
        return results;
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

    // A piece that failed, or came after one that did, has none; what failed in the middle left some in its worker.
    private void Release(Tensor?[]?[] gradients)
    {
        foreach (var gradient in gradients.Where(piece => piece is not null).SelectMany(piece => piece!))
        {
            gradient?.Dispose();
        }

        foreach (var parameter in workers.SelectMany(worker => worker.Parameters))
        {
            parameter.Grad = null;
        }
    }

    private void Sum(Tensor?[][] gradients)
    {
        var parameters = workers[0].Parameters;
        for (var k = 0; k < parameters.Count; k++)
        {
            Tensor? sum = null;
            foreach (var piece in gradients)
            {
                if (piece[k] is not { } part)
                {
                    continue;
                }

                if (sum is null)
                {
                    sum = part;
                    continue;
                }

                sum.Add_(part);
                part.Dispose();
            }

            parameters[k].Grad = sum;
            sum?.Dispose();
        }
    }

    private sealed record Job(Action<TrainingProgram<TPiece>.Worker> Work);
}
