using Collimate.Data.Puzzles;

namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>SMART-101 of a model that chooses an option: O_acc, the share of right options, and S_acc, the share of options with the answer's value.</summary>
/// <remarks>A class's accuracy is the mean over its puzzles, each counted alike (Cherian et al. 2023, table 2); the three puzzles of no class count in the whole only.</remarks>
internal sealed class PuzzleMetric : BenchmarkMetric
{
    private static readonly string NoClass = PuzzleSkill.Order.ToString().ToLowerInvariant();

    /// <inheritdoc/>
    public override string Name => "puzzles";

    /// <inheritdoc/>
    public override double? Score(ParsedAnswer answer, BenchmarkTruth truth) => !answer.Failed && answer.Text == truth.Answers[0] ? 1 : 0;

    /// <inheritdoc/>
    public override CountedFigures Count(IReadOnlyList<ScoredSample> samples) => new(
        "puzzle instance", [.. samples.Select(sample => sample.Id)], [.. samples.Select(sample => new[] { sample.Score!.Value, Solved(sample), 1 })],
        ["option accuracy", "solution accuracy"], sums => [sums[0] / sums[2], sums[1] / sums[2]])
    {
        Others = [.. Classes(samples, sample => sample.Score!.Value, "option accuracy"), .. Classes(samples, Solved, "solution accuracy")],
    };

    private static double Solved(ScoredSample sample) => !sample.Answer.Failed && sample.Truth.Answers.Contains(sample.Answer.Text) ? 1 : 0;

    private static IEnumerable<MetricFigure> Classes(IReadOnlyList<ScoredSample> samples, Func<ScoredSample, double> value, string name) => samples
        .Where(sample => sample.Truth.Category != NoClass).GroupBy(sample => sample.Truth.Category ?? "").OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => new MetricFigure($"{name}: {group.Key}", group.GroupBy(sample => sample.Truth.Kind).Average(puzzle => puzzle.Average(value)), group.Count()));
}
