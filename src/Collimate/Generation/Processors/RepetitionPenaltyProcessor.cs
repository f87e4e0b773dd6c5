namespace Collimate.Generation.Processors;

/// <summary>Makes tokens that already stand in the row less likely (CTRL, Keskar et al. 2019): positive scores are divided by the penalty, negative ones multiplied.</summary>
public sealed class RepetitionPenaltyProcessor : ILogitsProcessor
{
    private readonly float penalty;

    /// <param name="penalty">Above 0; 1 changes nothing, above 1 discourages repetition.</param>
    public RepetitionPenaltyProcessor(double penalty)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(penalty);
        this.penalty = (float)penalty;
    }

    /// <inheritdoc/>
    public void Process(ReadOnlySpan<int> tokens, Span<float> scores)
    {
        var seen = new HashSet<int>();
        foreach (var token in tokens)
        {
            // Ids beyond the vocabulary stand for images and other things that are never generated.
            if ((uint)token < (uint)scores.Length && seen.Add(token))
            {
                scores[token] = scores[token] < 0 ? scores[token] * penalty : scores[token] / penalty;
            }
        }
    }
}
