namespace Collimate.Generation.Processors;

/// <summary>Keeps the k highest scores, and what ties with the lowest of them.</summary>
public sealed class TopKProcessor : ILogitsProcessor
{
    private readonly int count;

    /// <param name="count">How many to keep, at least 1.</param>
    public TopKProcessor(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        this.count = count;
    }

    /// <inheritdoc/>
    public void Process(ReadOnlySpan<int> tokens, Span<float> scores)
    {
        if (count >= scores.Length)
        {
            return;
        }

        // The queue holds the k best seen so far, the worst of them in front.
        var best = new PriorityQueue<float, float>(count);
        foreach (var score in scores)
        {
            if (best.Count < count)
            {
                best.Enqueue(score, score);
            }
            else if (score > best.Peek())
            {
                best.EnqueueDequeue(score, score);
            }
        }

        var floor = best.Peek();
        foreach (ref var score in scores)
        {
            if (score < floor)
            {
                score = float.NegativeInfinity;
            }
        }
    }
}
