namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>Accuracy, precision, recall, F1 and the share of yes, yes being what is looked for; the headline is the mean F1 of the splits.</summary>
/// <remarks>POPE's evaluate.py and LLaVA's eval_pope.py a split, LLaVA's table for the mean. Where nothing was answered or is yes, precision, recall and F1 are 0; the scripts divide by zero there.</remarks>
internal sealed class YesNoMetric : BenchmarkMetric
{
    private const int Counts = 4; // true yes, false yes, true no, false no

    /// <inheritdoc/>
    public override string Name => "yes_no";

    /// <inheritdoc/>
    public override double? Score(ParsedAnswer answer, BenchmarkTruth truth) => answer.Text == truth.Answers[0] ? 1 : 0;

    /// <inheritdoc/>
    public override CountedFigures Count(IReadOnlyList<ScoredSample> samples)
    {
        string[] splits = [.. samples.Select(sample => sample.Truth.Category ?? "all").Distinct()];
        string[] each = ["F1", "accuracy", "precision", "recall", "yes share"];
        return new CountedFigures(
            "question", [.. samples.Select(sample => sample.Id)], [.. samples.Select(sample => Cell(sample, splits))],
            ["F1, mean of splits", "accuracy, mean of splits", .. splits.SelectMany(split => each.Select(name => $"{name}: {split}"))],
            sums =>
            {
                var figures = splits.Select((_, at) => Figures(sums.AsSpan(at * Counts, Counts))).ToArray();
                return [figures.Average(one => one[0]), figures.Average(one => one[1]), .. figures.SelectMany(one => one)];
            });
    }

    private static double[] Cell(ScoredSample sample, string[] splits)
    {
        var counts = new double[splits.Length * Counts];
        var (said, isRight) = (sample.Answer.Text == "yes", sample.Answer.Text == sample.Truth.Answers[0]);
        counts[(Array.IndexOf(splits, sample.Truth.Category ?? "all") * Counts) + (said ? isRight ? 0 : 1 : isRight ? 2 : 3)] = 1;
        return counts;
    }

    private static double[] Figures(ReadOnlySpan<double> cells)
    {
        var (trueYes, falseYes, trueNo, falseNo) = (cells[0], cells[1], cells[2], cells[3]);
        var all = trueYes + falseYes + trueNo + falseNo;
        var (precision, recall) = (Share(trueYes, trueYes + falseYes), Share(trueYes, trueYes + falseNo));
        return [Share(2 * precision * recall, precision + recall), Share(trueYes + trueNo, all), precision, recall, Share(trueYes + falseYes, all)];
    }

    private static double Share(double part, double whole) => whole > 0 ? part / whole : 0;
}
