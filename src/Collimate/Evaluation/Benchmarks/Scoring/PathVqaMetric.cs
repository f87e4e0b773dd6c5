using Collimate.Evaluation.Metrics.Answers;
using Collimate.Evaluation.Metrics.Captions;

namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>PathVQA: the share of right answers to closed questions, whose answer is yes or no; of open ones exact match, the mean F1 of words, and BLEU.</summary>
/// <remarks>Case, blanks around the answer and a full stop at its end do not count. F1 is SQuAD's over an answer's words, the mean over questions.</remarks>
internal sealed class PathVqaMetric : BenchmarkMetric
{
    private const string Closed = "closed";

    /// <inheritdoc/>
    public override string Name => "path_vqa";

    /// <inheritdoc/>
    public override double? Score(ParsedAnswer answer, BenchmarkTruth truth) => ShortAnswers.ExactMatch(answer.Text.Trim().TrimEnd('.'), [.. truth.Answers.Select(right => right.Trim().TrimEnd('.'))]) ? 1 : 0;

    /// <inheritdoc/>
    public override CountedFigures Count(IReadOnlyList<ScoredSample> samples)
    {
        var open = samples.Where(sample => sample.Truth.Category != Closed).ToArray();
        var pairs = open.Select(sample => new CaptionPair(sample.Id, sample.Answer.Text, sample.Truth.Answers).Tokenized()).ToArray();
        return new CountedFigures(
            "question", [.. samples.Select(sample => sample.Id)], [.. samples.Select(Cell)], ["accuracy", "closed: accuracy", "open: exact match", "open: F1"],
            sums => [(sums[0] + sums[2]) / (sums[1] + sums[3]), sums[0] / sums[1], sums[2] / sums[3], sums[4] / sums[3]])
        {
            Others = pairs.Length == 0 ? [] : [.. Bleu.Score(pairs).Select(score => new MetricFigure($"open: {score.Metric}", score.Corpus, pairs.Length))],
        };
    }

    private static double[] Cell(ScoredSample sample) => sample.Truth.Category == Closed
        ? [sample.Score!.Value, 1, 0, 0, 0]
        : [0, 0, sample.Score!.Value, 1, ShortAnswers.TokenF1(sample.Answer.Text, sample.Truth.Answers)];
}
