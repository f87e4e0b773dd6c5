using Collimate.Data;
using Collimate.Evaluation.Metrics.Answers;
using Collimate.Recipes;

namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>The metrics by their names.</summary>
public static class BenchmarkMetrics
{
    private static readonly Dictionary<string, BenchmarkMetric> Known = new BenchmarkMetric[]
    {
        new AccuracyMetric("accuracy", text => text), new AccuracyMetric("accuracy_lmms", AccuracyMetric.WithoutPunctuation), new VqaMetric("vqa", VqaProtocol.Official), new VqaMetric("vqa_clean", VqaProtocol.Clean),
        new VqaMetric("vqa_evalai", VqaProtocol.EvalAi), new YesNoMetric(), new YesNoLmmsMetric(), new MmeMetric(), new MmBenchMetric(), new GroupMetric(), new CaptionMetric(), new PathVqaMetric(), new SceneMetric(),
        new JudgedMetric(), new PuzzleMetric(),
    }.ToDictionary(metric => metric.Name);

    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>A metric by its name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="where">Who asks, for the message.</param>
    /// <exception cref="DataException">There is none of this name.</exception>
    public static BenchmarkMetric Of(string name, string where) =>
        Known.GetValueOrDefault(name) ?? throw new DataException(where, $"there is no metric '{name}'{Spelling.Suggest(name, Known.Keys)} Expected one of {string.Join(", ", Known.Keys)}");
}
