namespace Collimate.Generation.Processors;

/// <summary>Rules out the tokens that end a text while the row is shorter than a minimum.</summary>
public sealed class MinimumLengthProcessor : ILogitsProcessor
{
    private readonly int minimum;
    private readonly int[] stopTokens;

    /// <param name="minimum">The least length of the row, its prompt included.</param>
    /// <param name="stopTokens">The tokens that end a text.</param>
    public MinimumLengthProcessor(int minimum, IEnumerable<int> stopTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minimum);
        this.minimum = minimum;
        this.stopTokens = [.. stopTokens];
    }

    /// <inheritdoc/>
    public void Process(ReadOnlySpan<int> tokens, Span<float> scores)
    {
        if (tokens.Length >= minimum)
        {
            return;
        }

        foreach (var token in stopTokens)
        {
            if ((uint)token < (uint)scores.Length)
            {
                scores[token] = float.NegativeInfinity;
            }
        }
    }
}
