namespace Collimate.Data.Conversations;

/// <summary>What one side said.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Text">The words; a picture stands where <c>&lt;image&gt;</c> is written.</param>
public sealed record Turn(string Role, string Text);

/// <summary>A conversation about pictures: the one form that training, evaluation and answering take.</summary>
/// <param name="Id">Names the sample in messages and reports.</param>
/// <param name="Images">Its pictures, in the order of their markers.</param>
/// <param name="Conversation">Who said what.</param>
public sealed record Sample(string Id, IReadOnlyList<ImageSource> Images, IReadOnlyList<Turn> Conversation);
