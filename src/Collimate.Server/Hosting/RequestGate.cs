using Collimate.Server.Protocol;

namespace Collimate.Server.Hosting;

/// <summary>Counts the requests that are being served, refuses more than so many, and lets none begin once the server is to stop.</summary>
/// <param name="most">The most at once.</param>
internal sealed class RequestGate(int most)
{
    private readonly Lock gate = new();
    private readonly TaskCompletionSource empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int inside;

    /// <summary>Whether the server is to stop.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Requests that are being served.</summary>
    public int Inside
    {
        get
        {
            lock (gate)
            {
                return inside;
            }
        }
    }

    /// <summary>Lets a request in; what is returned lets it out again.</summary>
    /// <exception cref="ApiException">There are too many, or the server is to stop.</exception>
    public IDisposable Enter()
    {
        lock (gate)
        {
            if (IsDraining)
            {
                throw ApiException.Draining();
            }

            if (inside >= most)
            {
                throw ApiException.Overloaded();
            }

            inside++;
            return new Visit(this);
        }
    }

    /// <summary>Lets nobody in any more; the task ends when all are out.</summary>
    public Task Drain()
    {
        lock (gate)
        {
            IsDraining = true;
            if (inside == 0)
            {
                empty.TrySetResult();
            }

            return empty.Task;
        }
    }

    private void Leave()
    {
        lock (gate)
        {
            if (--inside == 0 && IsDraining)
            {
                empty.TrySetResult();
            }
        }
    }

    private sealed class Visit(RequestGate owner) : IDisposable
    {
        private int isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isOver, 1) == 0)
            {
                owner.Leave();
            }
        }
    }
}
