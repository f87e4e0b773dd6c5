namespace Collimate.Generation;

/// <summary>What one row became.</summary>
/// <param name="Tokens">The new tokens, without a stop token at the end.</param>
/// <param name="Text">Their text, cut before a stop string; empty where the generator has no decoder.</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="LogProbability">Sum of the log-probabilities that the model itself, before any processor, gave to the chosen tokens, a stop token included.</param>
public sealed record GeneratedSequence(IReadOnlyList<int> Tokens, string Text, StopReason Reason, double LogProbability);
