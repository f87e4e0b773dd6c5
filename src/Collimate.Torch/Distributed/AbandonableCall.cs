using System.Runtime.ExceptionServices;

namespace Collimate.Torch.Distributed;

/// <summary>Runs a native call that blocks on a thread of its own, so that the caller can stop waiting for it.</summary>
internal static class AbandonableCall
{
    /// <summary>The call's result.</summary>
    /// <param name="call">What blocks.</param>
    /// <param name="release">Releases the result of a call that nobody waited for.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TimeoutException">The call goes on after the limit.</exception>
    internal static T Run<T>(Func<T> call, Action<T> release, TimeSpan limit, CancellationToken cancellationToken = default)
    {
        var task = Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var ended = false;
        try
        {
            ended = WaitQuietly(task, limit, cancellationToken);
        }
        finally
        {
            if (!ended)
            {
                _ = task.ContinueWith(
                    late =>
                    {
                        if (late.IsCompletedSuccessfully)
                        {
                            release(late.Result);
                        }
                        else
                        {
                            _ = late.Exception; // read, so that it does not count as unobserved
                        }
                    },
                    TaskScheduler.Default);
            }
        }

        if (!ended)
        {
            throw new TimeoutException($"no answer within {limit.TotalSeconds:0.#} s");
        }

        if (task.Exception is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure.InnerException!);
        }

        return task.Result;
    }

    private static bool WaitQuietly(Task task, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return task.Wait((int)Math.Min(int.MaxValue, limit.TotalMilliseconds), cancellationToken);
        }
        catch (AggregateException)
        {
            return true;
        }
    }
}
