namespace Collimate.Generation.Processors;

/// <summary>Nucleus sampling (Holtzman et al. 2020): keeps the smallest set of most probable tokens whose probabilities sum to at least p.</summary>
public sealed class TopPProcessor : ILogitsProcessor
{
    private readonly double mass;
    private readonly int minimum;

    /// <param name="mass">The probability to keep, between 0 and 1.</param>
    /// <param name="minimum">How many tokens stay in any case.</param>
    public TopPProcessor(double mass, int minimum = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(mass);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mass, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(minimum);
        (this.mass, this.minimum) = (mass, minimum);
    }

    /// <inheritdoc/>
    public void Process(ReadOnlySpan<int> tokens, Span<float> scores)
    {
        var (ids, probabilities) = Ranking.Possible(scores);
        Array.Sort(probabilities, ids);

        // From the least probable up: what lies in the lower tail of mass 1 - p goes.
        double tail = 0;
        for (var index = 0; index < ids.Length - minimum; index++)
        {
            tail += probabilities[index];
            if (tail > 1 - mass)
            {
                break;
            }

            scores[ids[index]] = float.NegativeInfinity;
        }
    }
}
