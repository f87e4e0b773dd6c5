using Collimate.Data;

namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>MME: a task is worth 100 · (share of right answers + share of pictures with both right); perception adds up ten tasks, cognition four.</summary>
/// <remarks>Fu et al. 2023, calculation.py. Tasks of which no question was asked add nothing, so a part of MME has smaller sums.</remarks>
internal sealed class MmeMetric : BenchmarkMetric
{
    private const int PerPicture = 2;
    private const int Counts = 3; // right answers, pictures with both right, pictures

    /// <summary>The tasks of perception.</summary>
    internal static readonly string[] Perception = ["existence", "count", "position", "color", "posters", "celebrity", "scene", "landmark", "artwork", "OCR"];

    /// <summary>The tasks of cognition.</summary>
    internal static readonly string[] Cognition = ["commonsense_reasoning", "numerical_calculation", "text_translation", "code_reasoning"];

    /// <inheritdoc/>
    public override string Name => "mme";

    /// <inheritdoc/>
    public override double? Score(ParsedAnswer answer, BenchmarkTruth truth) => answer.Text == truth.Answers[0] ? 1 : 0;

    /// <inheritdoc/>
    public override CountedFigures Count(IReadOnlyList<ScoredSample> samples)
    {
        var groups = Groups(samples);
        if (groups.FirstOrDefault(group => group.Count() != PerPicture) is { } odd)
        {
            throw new DataException($"MME, picture {odd.Key}", $"{odd.Count()} questions are about it; expected {PerPicture}, which are scored together", DataFault.Record);
        }

        string[] asked = [.. samples.Select(sample => sample.Truth.Category ?? "").Distinct()];
        string[] tasks = [.. Perception.Concat(Cognition).Where(asked.Contains)];
        return new CountedFigures(
            "picture", [.. groups.Select(group => group.Key)], [.. groups.Select(group => Cell(group, tasks))], ["perception", "cognition", .. tasks.Select(task => $"task: {task}")],
            sums =>
            {
                var scores = tasks.Select((_, at) => TaskScore(sums.AsSpan(at * Counts, Counts))).ToArray();
                return [tasks.Zip(scores).Where(one => Perception.Contains(one.First)).Sum(one => one.Second), tasks.Zip(scores).Where(one => Cognition.Contains(one.First)).Sum(one => one.Second), .. scores];
            })
        {
            Others = [.. Shares("accuracy", samples, sample => sample.Truth.Category),
                .. groups.GroupBy(group => group.First().Truth.Category).Select(task => new MetricFigure($"accuracy+: {task.Key}", task.Average(picture => picture.All(one => one.Score == 1) ? 1.0 : 0), task.Count()))],
        };
    }

    private static double[] Cell(IGrouping<string, ScoredSample> picture, string[] tasks)
    {
        var counts = new double[tasks.Length * Counts];
        var at = Array.IndexOf(tasks, picture.First().Truth.Category);
        if (at < 0)
        {
            throw new DataException($"MME, picture {picture.Key}", $"there is no task '{picture.First().Truth.Category}'; expected one of {string.Join(", ", Perception.Concat(Cognition))}", DataFault.Record);
        }

        var right = picture.Sum(sample => sample.Score!.Value);
        (counts[at * Counts], counts[(at * Counts) + 1], counts[(at * Counts) + 2]) = (right, right == PerPicture ? 1 : 0, 1);
        return counts;
    }

    private static double TaskScore(ReadOnlySpan<double> counts) => counts[2] > 0 ? 100 * ((counts[0] / (PerPicture * counts[2])) + (counts[1] / counts[2])) : 0;
}
