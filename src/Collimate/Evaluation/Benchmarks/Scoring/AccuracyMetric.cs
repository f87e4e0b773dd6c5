namespace Collimate.Evaluation.Benchmarks.Scoring;

/// <summary>The share of answers that are equal to a right one, over all and by category and kind.</summary>
/// <param name="name">The metric's name.</param>
/// <param name="comparable">Makes an answer and what would be right alike before they are compared.</param>
internal sealed class AccuracyMetric(string name, Func<string, string> comparable) : BenchmarkMetric
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <summary>Lower case without ASCII punctuation.</summary>
    /// <remarks>Hugging Face evaluate: exact_match with ignore_case and ignore_punctuation, as lmms-eval scores GQA.</remarks>
    internal static string WithoutPunctuation(string text) => string.Concat(text.ToLowerInvariant().Where(letter => !(char.IsAscii(letter) && (char.IsPunctuation(letter) || char.IsSymbol(letter)))));

    /// <inheritdoc/>
    public override double? Score(ParsedAnswer answer, BenchmarkTruth truth) =>
        !answer.Failed && truth.Answers.Any(right => string.Equals(comparable(answer.Text), comparable(right), StringComparison.Ordinal)) ? 1 : 0;

    /// <inheritdoc/>
    public override CountedFigures Count(IReadOnlyList<ScoredSample> samples) => CountedFigures.Mean(
        "accuracy", samples, [.. Shares("category", samples, sample => sample.Truth.Category), .. Shares("kind", samples, sample => sample.Truth.Kind)]);
}
