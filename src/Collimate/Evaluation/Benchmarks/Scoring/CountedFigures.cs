namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>A figure of a set.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="N">How many answers it is of.</param>
public sealed record MetricFigure(string Name, double Value, int N);

/// <summary>Figures that follow from the sums of what every unit counts, so that they can be computed again of sets drawn from it.</summary>
/// <param name="Unit">What a unit is: question, picture, pair.</param>
/// <param name="Keys">Names each unit; two runs are compared where these are the same.</param>
/// <param name="Units">What each unit counts, [units][counts].</param>
/// <param name="Names">The figures' names; the first is the headline.</param>
/// <param name="Figures">The figures of the sums of units.</param>
public sealed record CountedFigures(string Unit, IReadOnlyList<string> Keys, IReadOnlyList<double[]> Units, IReadOnlyList<string> Names, Func<double[], double[]> Figures)
{
    /// <summary>Further figures, which are reported without an interval.</summary>
    public IReadOnlyList<MetricFigure> Others { get; init; } = [];

    /// <summary>A mean over answers and nothing else.</summary>
    internal static CountedFigures Mean(string name, IReadOnlyList<ScoredSample> samples, IEnumerable<MetricFigure> others) => new(
        "question", [.. samples.Select(sample => sample.Id)], [.. samples.Select(sample => new[] { sample.Score!.Value, 1 })], [name], sums => [sums[0] / sums[1]]) { Others = [.. others] };
}
