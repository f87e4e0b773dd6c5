using Collimate.Torch;

namespace Collimate.Semantics.Labels;

/// <summary>Values counted in bins of one width.</summary>
/// <param name="Low">Where the first bin begins.</param>
/// <param name="BinWidth">How wide each is.</param>
/// <param name="Counts">How many values lie in each.</param>
public sealed record ValueCounts(double Low, double BinWidth, long[] Counts)
{
    /// <summary>The middle of the fullest bin; null where there is no value.</summary>
    public double? Mode => Counts.Any(count => count > 0) ? Math.Round(Low + ((Array.IndexOf(Counts, Counts.Max()) + 0.5) * BinWidth), 6) : null;

    /// <summary>Makes empty bins.</summary>
    public static ValueCounts Empty(double low, double high, double width) => new(low, width, new long[(int)Math.Round((high - low) / width)]);

    /// <summary>Counts a value; what lies outside counts at the edge.</summary>
    public void Add(double value) => Counts[Math.Clamp((int)Math.Floor((value - Low) / BinWidth), 0, Counts.Length - 1)]++;
}

/// <summary>What a file of labels amounts to: the figures by which SEA's paper judges a word list.</summary>
public sealed record LabelStatistics
{
    private const double BinWidth = 0.01;

    /// <summary>How many pictures are labelled.</summary>
    public required long Pictures { get; init; }

    /// <summary>How many words the list has.</summary>
    public required int Words { get; init; }

    /// <summary>The share of patches with at least one word.</summary>
    public required double LabelledPatches { get; init; }

    /// <summary>Words of a patch, on average.</summary>
    public required double WordsPerPatch { get; init; }

    /// <summary>Of the best words of every patch, as many as may be kept, the share that was dropped because its score is not above 0.</summary>
    public required double DroppedCandidates { get; init; }

    /// <summary>The share of words whose mean score over all patches is below 0.</summary>
    public required double WordsBelowZero { get; init; }

    /// <summary>The mean of all scores, of every word with every patch.</summary>
    public required double MeanScore { get; init; }

    /// <summary>The share of the list's words that label a patch somewhere.</summary>
    public required double WordsUsed { get; init; }

    /// <summary>The mean of the kept scores; null where none is kept.</summary>
    public required double? MeanKept { get; init; }

    /// <summary>The kept scores.</summary>
    public required ValueCounts KeptScores { get; init; }

    /// <summary>The words' mean scores over all patches.</summary>
    public required ValueCounts WordAverages { get; init; }

    /// <summary>The words that label most patches, with the share of labelled patches that each is on.</summary>
    public required IReadOnlyList<WordShare> MostUsed { get; init; }

    /// <summary>Goes through a file that a labeller has written.</summary>
    /// <param name="file">The file.</param>
    /// <param name="labeller">Knows where its words lie.</param>
    /// <exception cref="Data.DataException">A record is damaged.</exception>
    public static LabelStatistics Of(LabelFile file, Labeller labeller) => Of(file, labeller.Directions);

    /// <summary>Goes through a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="directions">The words' directions, <c>[words, width]</c>.</param>
    /// <param name="shown">How many of the most used words are named.</param>
    /// <exception cref="Data.DataException">A record is damaged.</exception>
    public static LabelStatistics Of(LabelFile file, Tensor directions, int shown = 10)
    {
        var (grid, top) = (file.Origin.Grid, file.Origin.Top);
        var (kept, used, mean) = (ValueCounts.Empty(0, 1, BinWidth), new long[file.Words.Count], new double[file.Origin.Width]);
        var (labelled, total, sum) = (0L, 0L, 0.0);
        for (var number = 0L; number < file.Count; number++)
        {
            var (labels, patch) = file.At(number);
            for (var k = 0; k < mean.Length; k++)
            {
                mean[k] += patch[k] / file.Count;
            }

            for (var at = 0; at < grid.Count; at++)
            {
                var words = labels.WordsOf(at);
                labelled += words.Length > 0 ? 1 : 0;
                total += words.Length;
                for (var k = 0; k < words.Length; k++)
                {
                    used[words[k]]++;
                    var score = labels.ScoresOf(at)[k];
                    kept.Add(score);
                    sum += score;
                }
            }
        }

        var averages = Averages(directions, mean);
        var counts = ValueCounts.Empty(-1, 1, BinWidth);
        Array.ForEach(averages, average => counts.Add(average));
        var patches = Math.Max(1.0, file.Count * (double)grid.Count);
        return new LabelStatistics
        {
            Pictures = file.Count, Words = used.Length, LabelledPatches = labelled / patches, WordsPerPatch = total / patches,
            DroppedCandidates = 1 - (total / (patches * Math.Min(top, used.Length))), WordsBelowZero = averages.Count(average => average < 0) / (double)used.Length,
            MeanScore = averages.Average(), WordsUsed = used.Count(count => count > 0) / (double)used.Length, MeanKept = total > 0 ? sum / total : null, KeptScores = kept, WordAverages = counts,
            MostUsed = [.. used.Index().Where(word => word.Item > 0).OrderByDescending(word => word.Item).Take(shown).Select(word => new WordShare(file.Words[word.Index], word.Item / (double)labelled))],
        };
    }

    // A word's mean score over all patches is its product with their mean.
    private static double[] Averages(Tensor directions, double[] mean)
    {
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        var centre = Tensor.From([.. mean.Select(value => (float)value)], [mean.Length, 1]).To(directions.Device);
        return [.. directions.MatMul(centre).ToArray<float>().Select(value => (double)value)];
    }
}

/// <summary>A word, and how often it is used.</summary>
/// <param name="Word">The word.</param>
/// <param name="Share">The share of labelled patches that it is on.</param>
public sealed record WordShare(string Word, double Share);
