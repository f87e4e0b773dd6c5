namespace Collimate.Generation;

/// <summary>One step of one row, as it happens.</summary>
/// <param name="Row">The row, as numbered in the requests.</param>
/// <param name="Token">The token that was chosen, also where it is a stop token.</param>
/// <param name="Text">The text that is certain by now and was not reported before; characters that are still incomplete, and what may become a stop string, are held back.</param>
/// <param name="Reason">Why the row ended with this token, or null where it goes on.</param>
public readonly record struct GeneratedToken(int Row, int Token, string Text, StopReason? Reason);
