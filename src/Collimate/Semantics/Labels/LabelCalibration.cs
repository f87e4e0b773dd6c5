using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Models.Text;
using Collimate.Tokenization;
using Collimate.Torch;

namespace Collimate.Semantics.Labels;

/// <summary>How well a way of comparing finds the words that captions have.</summary>
/// <param name="Similarity">How patches and words are compared.</param>
/// <param name="MeanRank">The mean rank of a caption's word among all words, each taken where it scores highest in the picture; 1 is the best, and half the list chance.</param>
/// <param name="InTop">The share of caption words that are among the labels of some patch of the picture.</param>
public sealed record ModeRank(SimilarityMode Similarity, double MeanRank, double InTop);

/// <summary>What a calibration found.</summary>
/// <param name="Pictures">Pictures with at least one word.</param>
/// <param name="CaptionWords">Words looked for, over all pictures.</param>
/// <param name="Words">Words of the list.</param>
/// <param name="LeftOut">Words that stand in too many captions to say anything of a picture.</param>
/// <param name="Modes">The ways of comparing, the best mean rank first.</param>
public sealed record CalibrationReport(int Pictures, int CaptionWords, int Words, IReadOnlyList<string> LeftOut, IReadOnlyList<ModeRank> Modes);

/// <summary>Ranks the ways of comparing patches and words by the captions of pictures: which of them suits an encoder is not to be guessed.</summary>
/// <remarks>A word that stands in more than a quarter of all captions ("a", "of") is left out: it says nothing of a picture.</remarks>
public static class LabelCalibration
{
    private const double MostCaptions = 0.25;
    private const int WordTile = 4096;

    /// <summary>Ranks all ways of comparing.</summary>
    /// <param name="encoder">The dual encoder.</param>
    /// <param name="tokenizer">Its text tower's tokenizer.</param>
    /// <param name="processor">How its pictures are prepared.</param>
    /// <param name="words">The words.</param>
    /// <param name="choices">How words are found; each way of comparing takes its turn.</param>
    /// <param name="samples">Captioned pictures.</param>
    /// <param name="report">Is told how many pictures are done.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="DataException">No caption has a word of the list.</exception>
    public static CalibrationReport Run(
        DualEncoder encoder, ITokenizer tokenizer, ImageProcessor processor, WordList words, LabelChoices choices, IReadOnlyList<Sample> samples,
        Action<int>? report = null, CancellationToken cancellation = default)
    {
        var (shown, leftOut) = Captioned(words, samples);
        var modes = Enum.GetValues<SimilarityMode>();
        var ranks = modes.Select(_ => new List<double>()).ToArray();
        var hits = new int[modes.Length];
        using var off = GradMode.Disable();
        using var directions = WordDirections.Of(encoder, tokenizer, words, choices.Templates);
        using var search = new TopWords(directions, choices.Top);
        foreach (var (done, (picture, named)) in shown.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            var pixels = Labeller.Pixels(processor, [picture]);
            foreach (var (at, mode) in modes.Index())
            {
                var unit = TopWords.Turned(PatchSight.Of(encoder, pixels, mode), mode); // [1, patches, width]
                var best = Best(unit.Select(0, 0), directions);
                ranks[at].AddRange(named.Select(word => 1.0 + best.Count(score => score > best[word])));
                var labels = search.Find(unit)[0].Words.ToHashSet();
                hits[at] += named.Count(labels.Contains);
            }

            report?.Invoke(done + 1);
        }

        var total = shown.Sum(entry => entry.Words.Count);
        return new CalibrationReport(shown.Count, total, words.Count, leftOut, [.. modes
            .Select((mode, at) => new ModeRank(mode, ranks[at].Average(), hits[at] / (double)total))
            .OrderBy(mode => mode.MeanRank)]);
    }

    private static (List<(ImageSource Picture, IReadOnlyList<int> Words)> Shown, string[] LeftOut) Captioned(WordList words, IReadOnlyList<Sample> samples)
    {
        var finder = new CaptionWords(words);
        var found = samples.Where(sample => sample.Images.Count == 1).Select(sample => (Picture: sample.Images[0], Words: finder.In(sample))).ToArray();
        var most = Math.Max(1, MostCaptions * found.Length);
        var common = found.SelectMany(entry => entry.Words).CountBy(word => word).Where(entry => entry.Value > most).Select(entry => entry.Key).ToHashSet();
        List<(ImageSource Picture, IReadOnlyList<int> Words)> shown = [.. found
            .Select(entry => (entry.Picture, (IReadOnlyList<int>)[.. entry.Words.Where(word => !common.Contains(word))]))
            .Where(entry => entry.Item2.Count > 0)];
        return shown.Count > 0 ? (shown, [.. common.Order().Select(word => words[word])]) : throw new DataException(
            $"none of {samples.Count} samples has one picture and an answer with a word of the list (words in more than a quarter of all answers do not count). Calibrate on captioned pictures, with a list of their language.");
    }

    // For every word its score where it is highest, a tile of words at a time.
    private static float[] Best(Tensor unit, Tensor directions)
    {
        using var scope = new TensorScope();
        var total = directions.Size(0);
        var best = new List<Tensor>();
        for (var start = 0L; start < total; start += WordTile)
        {
            best.Add(unit.MatMul(directions.Narrow(0, start, Math.Min(WordTile, total - start)).Transpose(0, 1)).Max(0).Values);
        }

        return Tensor.Cat(best).ToArray<float>();
    }
}
