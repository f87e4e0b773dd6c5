using Collimate.Evaluation.Metrics.Stemming;

namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>ROUGE-L as F1 of stemmed words, as the package rouge-score computes it.</summary>
/// <remarks>
/// rouge_score: RougeScorer(["rougeL"], use_stemmer=True). Words are runs of a to z and 0 to 9 in lower case; those of more than three letters are stemmed after Porter. Against several
/// references the best counts. Not to be mixed up with <see cref="RougeL"/>, which neither stems nor weighs precision and recall alike.
/// </remarks>
public static class RougeLF1
{
    /// <summary>Scores one text.</summary>
    /// <param name="candidate">The text as it was written.</param>
    /// <param name="references">What it is compared with.</param>
    /// <returns>0 to 1.</returns>
    public static double Score(string candidate, IReadOnlyList<string> references)
    {
        var numbers = new WordNumbers();
        var words = numbers.Of(Words(candidate));
        var best = 0.0;
        foreach (var text in references)
        {
            var reference = numbers.Of(Words(text));
            double common = words.Length == 0 || reference.Length == 0 ? 0 : CommonSubsequence.Length(reference, words);
            var (precision, recall) = common == 0 ? (0, 0) : (common / words.Length, common / reference.Length);
            best = Math.Max(best, precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall));
        }

        return best;
    }

    /// <summary>Scores a set of captions as they were written, each picture by its best reference.</summary>
    /// <param name="pairs">The captions.</param>
    /// <param name="threads">Threads; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static CaptionScores Score(IReadOnlyList<CaptionPair> pairs, int threads = 1, CancellationToken cancellation = default)
    {
        CaptionPair.Check(pairs);
        return CaptionScores.Mean("ROUGE-L F1", CaptionScores.OfEach(pairs, threads, pair => Score(pair.Candidate, pair.References), cancellation));
    }

    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var lower = text.ToLowerInvariant();
        for (var at = 0; at < lower.Length;)
        {
            var end = at;
            while (end < lower.Length && (char.IsAsciiLetterLower(lower[end]) || char.IsAsciiDigit(lower[end])))
            {
                end++;
            }

            if (end > at)
            {
                var word = lower[at..end];
                words.Add(word.Length > 3 ? PorterStemmer.Stem(word) : word);
            }

            at = end + 1;
        }

        return words;
    }
}
