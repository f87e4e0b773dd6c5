namespace Collimate.Generation.Processors;

/// <summary>
/// Locally typical sampling (Meister et al. 2023): keeps the tokens whose information content lies closest to the distribution's entropy,
/// until their probabilities reach the given mass.
/// </summary>
public sealed class TypicalProcessor : ILogitsProcessor
{
    private readonly double mass;
    private readonly int minimum;

    /// <param name="mass">The probability to keep, above 0 and below 1.</param>
    /// <param name="minimum">How many tokens stay in any case.</param>
    public TypicalProcessor(double mass, int minimum = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mass);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(mass, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(minimum);
        (this.mass, this.minimum) = (mass, minimum);
    }

    /// <inheritdoc/>
    public void Process(ReadOnlySpan<int> tokens, Span<float> scores)
    {
        var (ids, probabilities) = Ranking.Possible(scores);
        var entropy = probabilities.Sum(p => p > 0 ? -p * Math.Log(p) : 0);
        var distances = Array.ConvertAll(probabilities, p => Math.Abs(-Math.Log(p) - entropy));
        var order = Enumerable.Range(0, ids.Length).ToArray();
        Array.Sort((double[])distances.Clone(), order);

        // The token that crosses the mass is kept, and so is what is exactly as typical as it.
        double sum = 0;
        var last = 0;
        while (last < order.Length - 1 && (sum += probabilities[order[last]]) < mass)
        {
            last++;
        }

        var limit = distances[order[last]];
        for (var rank = minimum; rank < order.Length; rank++)
        {
            if (distances[order[rank]] > limit)
            {
                scores[ids[order[rank]]] = float.NegativeInfinity;
            }
        }
    }
}
