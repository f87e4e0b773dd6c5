using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Collimate.Training;

/// <summary>Prepares the data of coming steps on a thread of its own while earlier steps are computed.</summary>
internal sealed class Prefetcher<TPiece> : IDisposable
{
    private readonly BlockingCollection<(long Step, IReadOnlyList<TPiece> Pieces)> ready;
    private readonly CancellationTokenSource stop = new();
    private readonly Thread thread;
    private Exception? failure;

    internal Prefetcher(TrainingProgram<TPiece> program, long firstStep, long totalSteps, int ahead)
    {
        ready = new(ahead);
        thread = new Thread(() => Fill(program, firstStep, totalSteps)) { IsBackground = true, Name = "batch loader" };
        thread.Start();
    }

    /// <summary>The pieces of the next step, in order.</summary>
    internal IReadOnlyList<TPiece> Next()
    {
        if (ready.TryTake(out var next, Timeout.Infinite))
        {
            return next.Pieces;
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        throw new InvalidOperationException("The loader was asked for more steps than it was started for.");
    }

    public void Dispose()
    {
        stop.Cancel();
        thread.Join();
        while (ready.TryTake(out var unused))
        {
            Release(unused.Pieces);
        }

        ready.Dispose();
        stop.Dispose();
    }

    private void Fill(TrainingProgram<TPiece> program, long firstStep, long totalSteps)
    {
        try
        {
            for (var step = firstStep; step < totalSteps; step++)
            {
                Offer(step, program.Prepare(step));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The run ended early; nobody waits for the rest.
        }
        catch (Exception problem)
        {
            failure = problem;
        }
        finally
        {
            ready.CompleteAdding();
        }
    }

    // Pieces that nobody will take any more are released here, as nobody else knows of them.
    private void Offer(long step, IReadOnlyList<TPiece> pieces)
    {
        try
        {
            ready.Add((step, pieces), stop.Token);
        }
        catch (OperationCanceledException)
        {
            Release(pieces);
            throw;
        }
    }

    private static void Release(IReadOnlyList<TPiece> pieces)
    {
        foreach (var piece in pieces.OfType<IDisposable>())
        {
            piece.Dispose();
        }
    }
}
