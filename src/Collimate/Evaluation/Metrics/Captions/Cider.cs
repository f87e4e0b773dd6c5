namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>CIDEr and CIDEr-D: how much of what is particular to a picture's references a caption shares.</summary>
/// <remarks>
/// Vedantam et al. 2015. Runs of one to four words are weighed by how few pictures' references hold them, and captions compared by the cosine, times 10. CIDEr-D, the variant that COCO's caption
/// tool calls CIDEr, also takes no more of a run than the reference has and a Gaussian of width 6 on the difference of lengths, where length counts runs of two words. How rare a run is, is
/// counted on the references of the very set that is scored: so a score depends on the other pictures, shards cannot be averaged, and a set of one picture scores 0.
/// </remarks>
public static class Cider
{
    private const double Sigma = 6;
    private const double Scale = 10;

    /// <summary>Scores a set by CIDEr-D.</summary>
    /// <param name="pairs">Pairs of words of all pictures; see <see cref="CaptionPair.Tokenized"/>.</param>
    /// <param name="threads">Threads; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static CaptionScores ScoreD(IReadOnlyList<CaptionPair> pairs, int threads = 1, CancellationToken cancellation = default) => ScoreD(CaptionRuns.Of(pairs), threads, cancellation);

    /// <summary>Scores a set whose runs are counted already by CIDEr-D.</summary>
    /// <param name="runs">The runs of all pictures.</param>
    /// <param name="threads">Threads; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static CaptionScores ScoreD(CaptionRuns runs, int threads = 1, CancellationToken cancellation = default) => Score("CIDEr-D", runs, true, threads, cancellation);

    /// <summary>Scores a set by CIDEr without the two guards of CIDEr-D.</summary>
    /// <param name="pairs">Pairs of words of all pictures; see <see cref="CaptionPair.Tokenized"/>.</param>
    /// <param name="threads">Threads; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static CaptionScores Score(IReadOnlyList<CaptionPair> pairs, int threads = 1, CancellationToken cancellation = default) => Score(CaptionRuns.Of(pairs), threads, cancellation);

    /// <summary>Scores a set whose runs are counted already by CIDEr without the two guards of CIDEr-D.</summary>
    /// <param name="runs">The runs of all pictures.</param>
    /// <param name="threads">Threads; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static CaptionScores Score(CaptionRuns runs, int threads = 1, CancellationToken cancellation = default) => Score("CIDEr", runs, false, threads, cancellation);

    private static CaptionScores Score(string name, CaptionRuns runs, bool guarded, int threads, CancellationToken cancellation)
    {
        var rarity = Rarities(runs);
        return CaptionScores.Mean(name, CaptionScores.OfEach(runs.Pictures, threads, picture =>
        {
            var candidate = new Weighted(picture.Candidate, runs, rarity);
            var sum = new double[NGrams.Longest];
            foreach (var reference in picture.References)
            {
                candidate.AddLikeness(new Weighted(reference, runs, rarity), runs, guarded, sum);
            }

            return sum.Average() / picture.References.Length * Scale;
        }, cancellation));
    }

    // By run: the logarithm of all pictures over those whose references hold it.
    private static double[] Rarities(CaptionRuns runs)
    {
        var (holders, last) = (new int[runs.Count], new int[runs.Count]);
        for (var picture = 0; picture < runs.Pictures.Length; picture++)
        {
            foreach (var reference in runs.Pictures[picture].References)
            {
                foreach (var run in reference.Runs)
                {
                    if (last[run] != picture + 1)
                    {
                        last[run] = picture + 1;
                        holders[run]++;
                    }
                }
            }
        }

        var pictures = Math.Log(runs.Pictures.Length);
        return Array.ConvertAll(holders, held => pictures - Math.Log(Math.Max(1, held)));
    }

    private sealed class Weighted
    {
        private readonly int[] numbers;
        private readonly double[] values;
        private readonly double[] norms = new double[NGrams.Longest];
        private readonly int length;

        public Weighted(CountedRuns counted, CaptionRuns runs, double[] rarity)
        {
            (numbers, values) = (counted.Runs, new double[counted.Runs.Length]);
            for (var at = 0; at < values.Length; at++)
            {
                var order = runs.Order(numbers[at]);
                var value = values[at] = counted.Counts[at] * rarity[numbers[at]];
                norms[order - 1] += value * value;
                length += order == 2 ? counted.Counts[at] : 0;
            }

            for (var order = 0; order < norms.Length; order++)
            {
                norms[order] = Math.Sqrt(norms[order]);
            }
        }

        public void AddLikeness(Weighted reference, CaptionRuns runs, bool guarded, double[] sum)
        {
            Span<double> products = stackalloc double[NGrams.Longest];
            for (int at = 0, other = 0; at < values.Length && other < reference.values.Length;)
            {
                var (mine, theirs) = (numbers[at], reference.numbers[other]);
                if (mine == theirs)
                {
                    var (value, their) = (values[at], reference.values[other]);
                    products[runs.Order(mine) - 1] += (guarded ? Math.Min(value, their) : value) * their;
                }

                at += mine <= theirs ? 1 : 0;
                other += theirs <= mine ? 1 : 0;
            }

            var apart = length - reference.length;
            var penalty = guarded ? Math.Exp(-(apart * (double)apart) / (2 * Sigma * Sigma)) : 1;
            for (var order = 0; order < sum.Length; order++)
            {
                var norm = norms[order] * reference.norms[order];
                sum[order] += (norm == 0 ? products[order] : products[order] / norm) * penalty;
            }
        }
    }
}
