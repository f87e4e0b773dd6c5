namespace Collimate.Data.Conversations;

/// <summary>A conversation about pictures: the one form that training, evaluation and answering take.</summary>
/// <param name="Id">Names the sample in messages and reports.</param>
/// <param name="Images">Its pictures, in the order of their markers.</param>
/// <param name="Conversation">Who said what: perhaps a system turn, then user and assistant in turns.</param>
public sealed record Sample(string Id, IReadOnlyList<ImageSource> Images, IReadOnlyList<Turn> Conversation)
{
    /// <summary>Whether its turns always see each other, even where the exchanges of a conversation are packed as documents of their own.</summary>
    public bool IsOneText { get; init; }

    /// <summary>The same conversation, turn by turn, with worse answers: the other side of a preference. Null where the sample is no preference.</summary>
    public IReadOnlyList<Turn>? Rejected { get; init; }
}
