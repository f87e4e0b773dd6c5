namespace Collimate.Server.Inference;

/// <summary>Prompts that wait for a worker, first come first served, no more than a bound.</summary>
/// <param name="bound">The most that wait.</param>
internal sealed class JobQueue(int bound)
{
    private readonly LinkedList<ChatJob> waiting = [];
    private readonly object gate = new();
    private bool isClosed;

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return waiting.Count;
            }
        }
    }

    /// <summary>Lets a prompt wait.</summary>
    /// <returns>Whether there was room.</returns>
    public bool TryAdd(ChatJob job)
    {
        lock (gate)
        {
            DropCancelled();
            if (isClosed || waiting.Count >= bound)
            {
                return false;
            }

            waiting.AddLast(job);
            Monitor.PulseAll(gate);
            return true;
        }
    }

    /// <summary>Takes the first, where as many slots are free as it needs; what stands behind it does not overtake it.</summary>
    /// <param name="slots">Free slots.</param>
    /// <param name="waits">Whether to wait for one to come.</param>
    /// <returns>The prompt; null where there is none, or the queue is closed.</returns>
    public ChatJob? Take(int slots, bool waits)
    {
        lock (gate)
        {
            while (true)
            {
                DropCancelled();
                if (waiting.First is { Value: var first } && first.Choices <= slots)
                {
                    waiting.RemoveFirst();
                    return first;
                }

                if (!waits || isClosed)
                {
                    return null;
                }

                Monitor.Wait(gate);
            }
        }
    }

    /// <summary>Lets nobody wait any more; those who do are told.</summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
            foreach (var job in waiting)
            {
                job.Abandon(new OperationCanceledException("the engine is closing"));
            }

            waiting.Clear();
            Monitor.PulseAll(gate);
        }
    }

    private void DropCancelled()
    {
        for (var node = waiting.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Cancellation.IsCancellationRequested)
            {
                node.Value.Abandon(new OperationCanceledException(node.Value.Cancellation));
                waiting.Remove(node);
            }

            node = next;
        }
    }
}
