namespace Collimate.Generation.Beams;

/// <summary>One way in which a row may go on.</summary>
/// <param name="Parent">Which of the row's beams before the last step it comes from.</param>
/// <param name="Tokens">Its prompt and what was generated after it.</param>
/// <param name="Score">Sum of its tokens' log-probabilities after the processors, in single precision as the reference implementation adds them.</param>
/// <param name="LogProbability">Sum of its tokens' log-probabilities as the model itself gave them.</param>
internal sealed record Beam(int Parent, int[] Tokens, float Score, double LogProbability);
