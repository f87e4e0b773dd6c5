namespace Collimate.Data.Conversations;

/// <summary>Whether several exchanges about one picture see each other.</summary>
public enum TurnGrouping
{
    /// <summary>One conversation: later turns see earlier ones.</summary>
    Joined,

    /// <summary>Each exchange (user, assistant) is a document of its own, beside what all share: the opening, system text, and the pictures before the second exchange.</summary>
    Separate,
}
