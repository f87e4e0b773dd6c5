using Collimate.Evaluation.Metrics.Captions;
using Collimate.Evaluation.Metrics.Captions.Meteor;

namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>Captions: CIDEr-D, ROUGE-L, BLEU and METEOR's exact and stem stages, over COCO's words.</summary>
/// <remarks>
/// The intervals of CIDEr-D and ROUGE-L draw pictures with the rarity of words as the whole set has it; BLEU and METEOR, which are no means over pictures, are reported without one.
/// METEOR without WordNet and paraphrases is another measure and is named so; <c>collimate score</c> computes more of it. A single answer is worth its ROUGE-L, which needs no other picture.
/// </remarks>
internal sealed class CaptionMetric : BenchmarkMetric
{
    /// <inheritdoc/>
    public override string Name => "captions";

    /// <inheritdoc/>
    public override double? Score(ParsedAnswer answer, BenchmarkTruth truth) => RougeL.Score([new CaptionPair("", answer.Text, truth.Answers).Tokenized()]).Images[0];

    /// <inheritdoc/>
    public override CountedFigures Count(IReadOnlyList<ScoredSample> samples)
    {
        var pairs = CaptionPair.Tokenize([.. samples.Select(sample => new CaptionPair(sample.Id, sample.Answer.Text, sample.Truth.Answers))], Environment.ProcessorCount);
        var (cider, rouge) = (Cider.ScoreD(pairs, Environment.ProcessorCount), RougeL.Score(pairs, Environment.ProcessorCount));
        var meteor = new MeteorScorer().Score(pairs, Environment.ProcessorCount);
        return new CountedFigures(
            "picture", [.. samples.Select(sample => sample.Id)], [.. cider.Images.Zip(rouge.Images, (one, other) => new[] { one, other, 1 })], [cider.Metric, rouge.Metric], sums => [sums[0] / sums[2], sums[1] / sums[2]])
        {
            Others = [.. Bleu.Score(pairs, Environment.ProcessorCount).Append(meteor).Select(score => new MetricFigure(score.Metric, score.Corpus, samples.Count))],
        };
    }
}
