namespace Collimate.Generation.Processors;

/// <summary>Rules out every token that would complete a run of n tokens that already stands in the row.</summary>
public sealed class NoRepeatNgramProcessor : ILogitsProcessor
{
    private readonly int size;

    /// <param name="size">Length of the runs that may not repeat, at least 1.</param>
    public NoRepeatNgramProcessor(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        this.size = size;
    }

    /// <inheritdoc/>
    public void Process(ReadOnlySpan<int> tokens, Span<float> scores)
    {
        if (tokens.Length < size - 1)
        {
            return;
        }

        var ending = tokens[(tokens.Length - size + 1)..];
        for (var start = 0; start + size <= tokens.Length; start++)
        {
            var next = tokens[start + size - 1];
            if (tokens.Slice(start, size - 1).SequenceEqual(ending) && (uint)next < (uint)scores.Length)
            {
                scores[next] = float.NegativeInfinity;
            }
        }
    }
}
