using Collimate.Evaluation.Metrics.Answers;

namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>VQA accuracy, over all, by type of question and by type of answer.</summary>
/// <param name="name">The metric's name.</param>
/// <param name="protocol">How answers are made alike.</param>
internal sealed class VqaMetric(string name, VqaProtocol protocol) : BenchmarkMetric
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override double? Score(ParsedAnswer answer, BenchmarkTruth truth) => VqaAccuracy.Of(answer.Text, truth.Answers, protocol);

    /// <inheritdoc/>
    public override CountedFigures Count(IReadOnlyList<ScoredSample> samples) => CountedFigures.Mean(
        "VQA accuracy", samples, [.. Shares("answer type", samples, sample => sample.Truth.Kind), .. Shares("question type", samples, sample => sample.Truth.Category)]);
}
