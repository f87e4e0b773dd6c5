namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>MMBench: circular, where a question counts only if every rotation of its choices is answered rightly, and vanilla, where only the question as it was written counts.</summary>
/// <remarks>Liu et al. 2023. Without rotations both are the same, and only vanilla is reported.</remarks>
internal sealed class MmBenchMetric : BenchmarkMetric
{
    /// <inheritdoc/>
    public override string Name => "mmbench";

    /// <inheritdoc/>
    public override double? Score(ParsedAnswer answer, BenchmarkTruth truth) => !answer.Failed && answer.Text == truth.Answers[0] ? 1 : 0;

    /// <inheritdoc/>
    public override CountedFigures Count(IReadOnlyList<ScoredSample> samples)
    {
        var groups = Groups(samples);
        var isCircular = groups.Any(group => group.Count() > 1);
        var circular = groups.Select(group => group.All(one => one.Score == 1) ? 1.0 : 0).ToArray();
        var vanilla = groups.Select(group => group.First(one => one.Id == one.Truth.Group).Score!.Value).ToArray();
        string[] keys = [.. groups.Select(group => group.Key)];
        MetricFigure[] categories = [.. groups.Zip(isCircular ? circular : vanilla).GroupBy(one => one.First.First().Truth.Category ?? "").OrderBy(one => one.Key, StringComparer.Ordinal)
            .Select(one => new MetricFigure($"category: {one.Key}", one.Average(group => group.Second), one.Count()))];
        return isCircular
            ? new CountedFigures("question", keys, [.. circular.Zip(vanilla, (all, first) => new[] { all, first, 1 })], ["circular accuracy", "vanilla accuracy"], sums => [sums[0] / sums[2], sums[1] / sums[2]]) { Others = categories }
            : new CountedFigures("question", keys, [.. vanilla.Select(first => new[] { first, 1 })], ["vanilla accuracy"], sums => [sums[0] / sums[1]]) { Others = categories };
    }
}
