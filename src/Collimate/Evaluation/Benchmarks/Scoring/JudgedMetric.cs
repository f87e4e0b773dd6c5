namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>MM-Vet: what a judge thinks of each answer, 0 to 1, times 100; over all and by capability.</summary>
internal sealed class JudgedMetric : BenchmarkMetric
{
    /// <inheritdoc/>
    public override string Name => "judged";

    /// <inheritdoc/>
    public override double? Score(ParsedAnswer answer, BenchmarkTruth truth) => null;

    /// <inheritdoc/>
    public override CountedFigures Count(IReadOnlyList<ScoredSample> samples) => new(
        "question", [.. samples.Select(sample => sample.Id)], [.. samples.Select(sample => new[] { 100 * sample.Score!.Value, 1 })], ["total"], sums => [sums[0] / sums[1]])
    {
        // A question may need several capabilities and counts for each of them.
        Others = [.. samples.SelectMany(sample => (sample.Truth.Category ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(capability => (capability, sample.Score!.Value)))
            .GroupBy(one => one.capability).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => new MetricFigure($"capability: {group.Key}", 100 * group.Average(one => one.Value), group.Count()))],
    };
}
