namespace Collimate.Data.Conversations;

/// <summary>What one side said.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Text">The words; in a system or user turn a picture stands where <c>&lt;image&gt;</c> is written.</param>
public sealed record Turn(string Role, string Text);
