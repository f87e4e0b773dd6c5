namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>BLEU of one sentence, as NLTK computes it.</summary>
/// <remarks>
/// nltk: sentence_bleu with SmoothingFunction().method1: an order without any match counts as 0.1 matches; a candidate without a matching word scores 0. Differs from <see cref="Bleu"/> in its
/// smoothing and in that an order for which the candidate is too short counts as one run. GPS reports BLEU-2 in this form.
/// </remarks>
public static class SentenceBleu
{
    private const double Epsilon = 0.1;

    /// <summary>Scores one sentence.</summary>
    /// <param name="candidate">The sentence's words.</param>
    /// <param name="references">The words of what it is compared with, at least one.</param>
    /// <param name="orders">The longest runs that count, each order weighing the same: 2 for BLEU-2; at most 4.</param>
    /// <returns>0 to 1.</returns>
    public static double Score(IReadOnlyList<string> candidate, IReadOnlyList<IReadOnlyList<string>> references, int orders = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(orders, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(orders, NGrams.Longest);
        ArgumentOutOfRangeException.ThrowIfZero(references.Count);
        var numbers = new WordNumbers();
        var runs = NGrams.Of(numbers.Of(candidate));
        NGrams[] others = [.. references.Select(reference => NGrams.Of(numbers.Of(reference)))];
        var matched = new int[NGrams.Longest];
        foreach (var (run, count) in runs.Counts)
        {
            matched[run.Order - 1] += Math.Min(count, others.Max(other => other.Counts.GetValueOrDefault(run)));
        }

        if (matched[0] == 0)
        {
            return 0;
        }

        var sum = 0.0;
        for (var order = 0; order < orders; order++)
        {
            sum += Math.Log((matched[order] == 0 ? Epsilon : matched[order]) / Math.Max(1, candidate.Count - order)) / orders;
        }

        var closest = others.Select(other => other.Words).MinBy(length => (Math.Abs(length - candidate.Count), length));
        return Math.Exp(sum) * (candidate.Count > closest ? 1 : Math.Exp(1 - ((double)closest / candidate.Count)));
    }
}
