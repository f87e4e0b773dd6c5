namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>The share of groups that are answered rightly throughout, and the share of right answers: MMVP's pairs.</summary>
internal sealed class GroupMetric : BenchmarkMetric
{
    /// <inheritdoc/>
    public override string Name => "pairs";

    /// <inheritdoc/>
    public override double? Score(ParsedAnswer answer, BenchmarkTruth truth) => !answer.Failed && answer.Text == truth.Answers[0] ? 1 : 0;

    /// <inheritdoc/>
    public override CountedFigures Count(IReadOnlyList<ScoredSample> samples)
    {
        var groups = Groups(samples);
        return new CountedFigures(
            "pair", [.. groups.Select(group => group.Key)], [.. groups.Select(group => new[] { group.All(one => one.Score == 1) ? 1.0 : 0, 1, group.Sum(one => one.Score!.Value), group.Count() })],
            ["pair accuracy", "accuracy"], sums => [sums[0] / sums[1], sums[2] / sums[3]]);
    }
}
