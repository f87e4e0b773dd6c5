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
        CaptionPair.Check(pairs);
        var each = CaptionScores.OfEach(pairs, threads, Count, cancellation);
        var total = each.Aggregate(default(Matches), (sum, one) => sum + one);
        var corpus = total.Scores();
        var images = Array.ConvertAll(each, one => one.Scores());
        return [.. Enumerable.Range(0, NGrams.Longest).Select(order => new CaptionScores($"BLEU-{order + 1}", corpus[order], [.. images.Select(scores => scores[order])]))];
    }

    private static Matches Count(CaptionPair pair)
    {
        var numbers = new WordNumbers();
        var candidate = NGrams.Of(numbers.Of(pair.Candidate));
        var most = new Dictionary<NGram, int>();
        var (length, distance) = (0, int.MaxValue);
        foreach (var reference in pair.References)
        {
            var runs = NGrams.Of(numbers.Of(reference));
            foreach (var (run, count) in runs.Counts)
            {
                most[run] = Math.Max(most.GetValueOrDefault(run), count);
            }

            var apart = Math.Abs(runs.Words - candidate.Words);
            if (apart < distance || (apart == distance && runs.Words < length))
            {
                (length, distance) = (runs.Words, apart);
            }
        }

        var correct = new long[NGrams.Longest];
        foreach (var (run, count) in candidate.Counts)
        {
            correct[run.Order - 1] += Math.Min(count, most.GetValueOrDefault(run));
        }

        return new Matches(candidate.Words, length, correct, [.. Enumerable.Range(0, NGrams.Longest).Select(order => (long)Math.Max(0, candidate.Words - order))]);
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
