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
    public static CaptionScores ScoreD(IReadOnlyList<CaptionPair> pairs, int threads = 1, CancellationToken cancellation = default) => Score("CIDEr-D", pairs, true, threads, cancellation);

    /// <summary>Scores a set by CIDEr without the two guards of CIDEr-D.</summary>
    /// <param name="pairs">Pairs of words of all pictures; see <see cref="CaptionPair.Tokenized"/>.</param>
    /// <param name="threads">Threads; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static CaptionScores Score(IReadOnlyList<CaptionPair> pairs, int threads = 1, CancellationToken cancellation = default) => Score("CIDEr", pairs, false, threads, cancellation);

    private static CaptionScores Score(string name, IReadOnlyList<CaptionPair> pairs, bool guarded, int threads, CancellationToken cancellation)
    {
        CaptionPair.Check(pairs);
        var numbers = new WordNumbers();
        var words = pairs.Select(pair => (Candidate: numbers.Of(pair.Candidate), References: pair.References.Select(numbers.Of).ToArray())).ToArray();
        var runs = CaptionScores.OfEach(words, threads, one => (Candidate: NGrams.Of(one.Candidate), References: Array.ConvertAll(one.References, NGrams.Of)), cancellation);
        var holders = new Dictionary<NGram, int>(); // by run: pictures whose references hold it
        foreach (var (_, references) in runs)
        {
            foreach (var run in references.SelectMany(reference => reference.Counts.Keys).Distinct())
            {
                holders[run] = holders.GetValueOrDefault(run) + 1;
            }
        }

        var pictures = Math.Log(pairs.Count);
        double Weight(NGram run) => pictures - Math.Log(Math.Max(1, holders.GetValueOrDefault(run)));
        return CaptionScores.Mean(name, CaptionScores.OfEach(runs, threads, one =>
        {
            var candidate = new Weighted(one.Candidate, Weight);
            var sum = new double[NGrams.Longest];
            foreach (var reference in one.References)
            {
                candidate.AddLikeness(new Weighted(reference, Weight), guarded, sum);
            }

            return sum.Average() / one.References.Length * Scale;
        }, cancellation));
    }

    private sealed class Weighted
    {
        private readonly Dictionary<NGram, double> values;
        private readonly double[] norms = new double[NGrams.Longest];
        private readonly int length;

        public Weighted(NGrams runs, Func<NGram, double> weight)
        {
            values = new Dictionary<NGram, double>(runs.Counts.Count);
            foreach (var (run, count) in runs.Counts)
            {
                var value = count * weight(run);
                values[run] = value;
                norms[run.Order - 1] += value * value;
                length += run.Order == 2 ? count : 0;
            }

            norms = Array.ConvertAll(norms, Math.Sqrt);
        }

        public void AddLikeness(Weighted reference, bool guarded, double[] sum)
        {
            var products = new double[NGrams.Longest];
            foreach (var (run, value) in values)
            {
                if (reference.values.TryGetValue(run, out var other))
                {
                    products[run.Order - 1] += (guarded ? Math.Min(value, other) : value) * other;
                }
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
