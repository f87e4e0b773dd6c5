using System.Globalization;

namespace Collimate.Alignment.Composition.TokenMixer;

/// <summary>What a pass reports of its similarities: how many image tokens moved, and how alike the nearest words are.</summary>
internal static class SimilarityMeasures
{
    /// <summary>The share of image tokens that are like some word.</summary>
    internal const string MatchRate = "token_mixer/match_rate";

    /// <summary>Image tokens a row that no longer stand between the text tokens that concatenation puts them between.</summary>
    internal const string Moved = "token_mixer/tokens_moved";

    /// <summary>The mean cosine of image tokens with their nearest words.</summary>
    internal const string Mean = "token_mixer/cosine_mean";

    /// <summary>What bins of the histogram of those cosines begin with; each bin's mean is its share.</summary>
    internal const string Histogram = "token_mixer/cosine";

    // Finer around the thresholds in use: published similarities are near zero.
    private static readonly double[] Edges = [-0.1, -0.05, -0.02, 0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5];

    private static readonly string[] Bins = [.. Enumerable.Range(0, Edges.Length + 1).Select(Name)];

    /// <summary>Reports a batch.</summary>
    /// <param name="measures">Where to.</param>
    /// <param name="cosines">Of every image token with its nearest word; negative infinity where there is none.</param>
    /// <param name="matched">Image tokens that are like some word.</param>
    /// <param name="moved">Image tokens that stand elsewhere.</param>
    /// <param name="rows">Rows of the batch.</param>
    internal static void Report(MeasureSet measures, ReadOnlySpan<float> cosines, int matched, int moved, int rows)
    {
        var (counts, compared, sum) = (new int[Bins.Length], 0, 0.0);
        foreach (var cosine in cosines)
        {
            if (!float.IsFinite(cosine))
            {
                continue;
            }

            var bin = 0;
            while (bin < Edges.Length && cosine >= Edges[bin])
            {
                bin++;
            }

            counts[bin]++;
            compared++;
            sum += cosine;
        }

        measures.Add(MatchRate, matched, cosines.Length);
        measures.Add(Moved, moved, rows);
        measures.Add(Mean, sum, compared);
        for (var bin = 0; bin < Bins.Length; bin++)
        {
            measures.Add(Bins[bin], counts[bin], compared);
        }
    }

    private static string Name(int bin)
    {
        var below = bin == 0 ? "-1" : Edges[bin - 1].ToString("0.00", CultureInfo.InvariantCulture);
        var above = bin == Edges.Length ? "1" : Edges[bin].ToString("0.00", CultureInfo.InvariantCulture);
        return $"{Histogram}/{below}..{above}";
    }
}
