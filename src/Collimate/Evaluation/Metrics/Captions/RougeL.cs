namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>ROUGE-L as COCO's caption tool computes it: precision and recall of the longest common subsequence, recall weighing more.</summary>
/// <remarks>
/// Lin 2004, pycocoevalcap: Rouge, beta 1.2. The best precision and the best recall are taken apart from one another, each over all references, so they may be of two different ones.
/// Words are parted at blanks alone, so an empty caption is one empty word, equal to that of an empty reference.
/// </remarks>
public static class RougeL
{
    private const double Beta = 1.2;

    /// <summary>Scores a set.</summary>
    /// <param name="pairs">Pairs of words; see <see cref="CaptionPair.Tokenized"/>.</param>
    /// <param name="threads">Threads; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static CaptionScores Score(IReadOnlyList<CaptionPair> pairs, int threads = 1, CancellationToken cancellation = default)
    {
        CaptionPair.Check(pairs);
        return CaptionScores.Mean("ROUGE-L", CaptionScores.OfEach(pairs, threads, Score, cancellation));
    }

    private static double Score(CaptionPair pair)
    {
        var numbers = new WordNumbers();
        var candidate = numbers.Of(pair.Candidate.Split(' '));
        var (precision, recall) = (0.0, 0.0);
        foreach (var words in pair.References)
        {
            var reference = numbers.Of(words.Split(' '));
            double common = CommonSubsequence.Length(reference, candidate);
            precision = Math.Max(precision, common / candidate.Length);
            recall = Math.Max(recall, common / reference.Length);
        }

        return precision == 0 || recall == 0 ? 0 : (1 + (Beta * Beta)) * precision * recall / (recall + (Beta * Beta * precision));
    }
}
