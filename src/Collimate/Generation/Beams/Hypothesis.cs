namespace Collimate.Generation.Beams;

/// <summary>A beam that is complete.</summary>
/// <param name="Beam">Its tokens and scores; the tokens without a stop token at the end, the scores with it.</param>
/// <param name="Length">How many tokens were generated, a stop token included.</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="StopToken">The stop token that ended it, if one did.</param>
internal sealed record Hypothesis(Beam Beam, int Length, StopReason Reason, int? StopToken = null);
