namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>The same over all splits at once as lmms-eval counts it: an answer that is neither yes nor no counts nowhere but against accuracy, and the "yes ratio" is that of the truth.</summary>
/// <remarks>lmms-eval, tasks/pope/utils.py. Its yes ratio says nothing of the model, which is why the model's own share stands beside it.</remarks>
internal sealed class YesNoLmmsMetric : BenchmarkMetric
{
    /// <inheritdoc/>
    public override string Name => "yes_no_lmms";

    /// <inheritdoc/>
    public override double? Score(ParsedAnswer answer, BenchmarkTruth truth) => !answer.Failed && answer.Text == truth.Answers[0] ? 1 : 0;

    /// <inheritdoc/>
    public override CountedFigures Count(IReadOnlyList<ScoredSample> samples) => new(
        "question", [.. samples.Select(sample => sample.Id)], [.. samples.Select(Cell)], ["accuracy", "F1", "precision", "recall", "yes ratio of the truth (lmms-eval's yes_ratio)", "yes share of the answers"],
        sums =>
        {
            var (right, trueYes, falseYes, missedYes, yesTruth, all) = (sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]);
            var (precision, recall) = (Share(trueYes, trueYes + falseYes), Share(trueYes, trueYes + missedYes));
            return [Share(right, all), Share(2 * precision * recall, precision + recall), precision, recall, Share(yesTruth, all), Share(trueYes + falseYes, all)];
        }) { Others = [.. Shares("accuracy", samples, sample => sample.Truth.Category)] };

    private static double[] Cell(ScoredSample sample)
    {
        var (said, isYes) = (sample.Answer, sample.Truth.Answers[0] == "yes");
        return [sample.Score!.Value, said.Text == "yes" && isYes ? 1 : 0, said.Text == "yes" && !isYes ? 1 : 0, said.Text == "no" && isYes ? 1 : 0, isYes ? 1 : 0, 1];
    }

    private static double Share(double part, double whole) => whole > 0 ? part / whole : 0;
}
