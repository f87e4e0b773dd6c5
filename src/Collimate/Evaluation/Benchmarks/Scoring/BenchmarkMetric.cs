namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>What is counted of a benchmark's answers.</summary>
public abstract class BenchmarkMetric
{
    /// <summary>Its name in definitions and reports.</summary>
    public abstract string Name { get; }

    /// <summary>Scores one answer.</summary>
    /// <param name="answer">What was understood.</param>
    /// <param name="truth">What would be right; its answers are not empty.</param>
    /// <returns>0 to 1; null where only a judge can tell.</returns>
    public abstract double? Score(ParsedAnswer answer, BenchmarkTruth truth);

    /// <summary>Counts what the figures of a set follow from.</summary>
    /// <param name="samples">The answers, all of which have a score; at least one.</param>
    /// <exception cref="Data.DataException">Answers that are counted together are not all there.</exception>
    public abstract CountedFigures Count(IReadOnlyList<ScoredSample> samples);

    /// <summary>The share of right answers under each name.</summary>
    private protected static IEnumerable<MetricFigure> Shares(string prefix, IReadOnlyList<ScoredSample> samples, Func<ScoredSample, string?> nameOf) =>
        samples.Where(sample => nameOf(sample) is { Length: > 0 }).GroupBy(sample => nameOf(sample)!).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new MetricFigure($"{prefix}: {group.Key}", group.Average(sample => sample.Score!.Value), group.Count()));

    /// <summary>Answers that are scored together, in the order of the first of each group.</summary>
    private protected static IReadOnlyList<IGrouping<string, ScoredSample>> Groups(IReadOnlyList<ScoredSample> samples) => [.. samples.GroupBy(sample => $"{sample.Truth.Category}/{sample.Truth.Group ?? sample.Id}")];
}
