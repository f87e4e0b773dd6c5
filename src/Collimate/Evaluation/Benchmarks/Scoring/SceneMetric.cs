namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>The gym's scenes: exact answers, the mean over the kinds of questions, each weighing the same; and how often an absent object is said to be there.</summary>
internal sealed class SceneMetric : BenchmarkMetric
{
    private const string Existence = nameof(Data.Scenes.QuestionKind.Existence);

    /// <inheritdoc/>
    public override string Name => "scenes";

    /// <inheritdoc/>
    public override double? Score(ParsedAnswer answer, BenchmarkTruth truth) => answer.Text == truth.Answers[0] ? 1 : 0;

    /// <inheritdoc/>
    public override CountedFigures Count(IReadOnlyList<ScoredSample> samples)
    {
        // A scene's questions hang together, so scenes are drawn.
        string[] kinds = [.. samples.Select(sample => sample.Truth.Category ?? "").Distinct().Order(StringComparer.Ordinal)];
        var scenes = Scenes(samples);
        return new CountedFigures(
            "scene", [.. scenes.Select(scene => scene.Key)], [.. scenes.Select(scene => Cell(scene, kinds))],
            ["accuracy, mean of kinds", "accuracy", "yes to absent objects", .. kinds.Select(kind => $"kind: {kind}")],
            sums =>
            {
                var (shares, absent) = (kinds.Select((_, at) => sums[2 * at] / sums[(2 * at) + 1]).ToArray(), 2 * kinds.Length);
                return
                [
                    shares.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average(), kinds.Select((_, at) => sums[2 * at]).Sum() / kinds.Select((_, at) => sums[(2 * at) + 1]).Sum(),
                    sums[absent] / sums[absent + 1], .. shares,
                ];
            });
    }

    private static IReadOnlyList<IGrouping<string, ScoredSample>> Scenes(IReadOnlyList<ScoredSample> samples) => [.. samples.GroupBy(sample => sample.Truth.Group ?? sample.Id)];

    private static double[] Cell(IGrouping<string, ScoredSample> scene, string[] kinds)
    {
        var counts = new double[(2 * kinds.Length) + 2];
        foreach (var sample in scene)
        {
            var at = Array.IndexOf(kinds, sample.Truth.Category ?? "");
            counts[2 * at] += sample.Score!.Value;
            counts[(2 * at) + 1]++;
            if (sample.Truth.Category == Existence && sample.Truth.Answers[0] == "no")
            {
                counts[^2] += sample.Answer.Text == "yes" ? 1 : 0;
                counts[^1]++;
            }
        }

        return counts;
    }
}
