namespace Collimate.Evaluation.Benchmarks;

/// <summary>An answer that was understood and scored.</summary>
/// <param name="Id">The question's id.</param>
/// <param name="Answer">What was understood.</param>
/// <param name="Truth">What it is scored against.</param>
/// <param name="Score">0 to 1; null where there is nothing to score against.</param>
public sealed record ScoredSample(string Id, ParsedAnswer Answer, BenchmarkTruth Truth, double? Score);

/// <summary>What a parser understood.</summary>
/// <param name="Text">The answer in the form that the metric compares; empty where nothing was understood.</param>
/// <param name="Failed">Whether nothing was understood. Such an answer is wrong unless the protocol says otherwise, and is counted in the report.</param>
public readonly record struct ParsedAnswer(string Text, bool Failed = false);
