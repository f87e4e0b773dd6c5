namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>BLEU-1 to BLEU-4 of a set of captions, as COCO's caption tool computes them.</summary>
/// <remarks>
/// Papineni et al. 2002, pycocoevalcap: Bleu(4) with the closest reference length. Matches are counted over the whole set before anything is divided, so the corpus figure is not the mean
/// of the pictures' figures. Of two references equally close in length the shorter one counts. The tool adds 1e-15 to matches and 1e-9 to candidates' runs, and so does this.
/// </remarks>
public static class Bleu
{
    private const double Tiny = 1e-15;
    private const double Small = 1e-9;

    /// <summary>Scores a set.</summary>
    /// <param name="pairs">Pairs of words; see <see cref="CaptionPair.Tokenized"/>.</param>
    /// <param name="threads">Threads; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <returns>BLEU-1, BLEU-2, BLEU-3, BLEU-4.</returns>
    public static IReadOnlyList<CaptionScores> Score(IReadOnlyList<CaptionPair> pairs, int threads = 1, CancellationToken cancellation = default)
    {
        return Score(CaptionRuns.Of(pairs), threads, cancellation);
    }

    /// <summary>Scores a set whose runs are counted already.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="threads">Threads; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <returns>BLEU-1, BLEU-2, BLEU-3, BLEU-4.</returns>
    public static IReadOnlyList<CaptionScores> Score(CaptionRuns runs, int threads = 1, CancellationToken cancellation = default)
    {
        var each = CaptionScores.OfEach(runs.Pictures, threads, picture => Count(runs, picture), cancellation);
        var total = each.Aggregate(default(Matches), (sum, one) => sum + one);
        var corpus = total.Scores();
        var images = Array.ConvertAll(each, one => one.Scores());
        return [.. Enumerable.Range(0, NGrams.Longest).Select(order => new CaptionScores($"BLEU-{order + 1}", corpus[order], [.. images.Select(scores => scores[order])]))];
    }

    private static Matches Count(CaptionRuns runs, CaptionsOfPicture picture)
    {
        var candidate = picture.Candidate;
        var most = new int[candidate.Runs.Length];
        var (length, distance) = (0, int.MaxValue);
        foreach (var reference in picture.References)
        {
            for (int at = 0, other = 0; at < most.Length && other < reference.Runs.Length;)
            {
                var (mine, theirs) = (candidate.Runs[at], reference.Runs[other]);
                most[at] = mine == theirs ? Math.Max(most[at], reference.Counts[other]) : most[at];
                at += mine <= theirs ? 1 : 0;
                other += theirs <= mine ? 1 : 0;
            }

            var apart = Math.Abs(reference.Words - candidate.Words);
            if (apart < distance || (apart == distance && reference.Words < length))
            {
                (length, distance) = (reference.Words, apart);
            }
        }

        var (correct, guessed) = (new long[NGrams.Longest], new long[NGrams.Longest]);
        for (var at = 0; at < most.Length; at++)
        {
            correct[runs.Order(candidate.Runs[at]) - 1] += Math.Min(candidate.Counts[at], most[at]);
        }

        for (var order = 0; order < guessed.Length; order++)
        {
            guessed[order] = Math.Max(0, candidate.Words - order);
        }

        return new Matches(candidate.Words, length, correct, guessed);
    }

    private readonly record struct Matches(long Words, long ReferenceWords, long[]? Correct, long[]? Guessed)
    {
        public static Matches operator +(Matches sum, Matches one) => new(
            sum.Words + one.Words, sum.ReferenceWords + one.ReferenceWords, Sum(sum.Correct, one.Correct!), Sum(sum.Guessed, one.Guessed!));

        public double[] Scores()
        {
            var scores = new double[NGrams.Longest];
            var product = 1.0;
            for (var order = 0; order < scores.Length; order++)
            {
                product *= (Correct![order] + Tiny) / (Guessed![order] + Small);
                scores[order] = Math.Pow(product, 1.0 / (order + 1));
            }

            var ratio = (Words + Tiny) / (ReferenceWords + Small);
            var brevity = ratio < 1 ? Math.Exp(1 - (1 / ratio)) : 1;
            return Array.ConvertAll(scores, score => score * brevity);
        }

        private static long[] Sum(long[]? left, long[] right) => left is null ? right : [.. left.Zip(right, (a, b) => a + b)];
    }
}
