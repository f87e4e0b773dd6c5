namespace Collimate.Data.Conversations;

/// <summary>What a token of a rendered conversation is.</summary>
public enum TokenKind : byte
{
    /// <summary>Nothing: fills up a short row.</summary>
    Padding = 0,
    /// <summary>System text.</summary>
    System = 1,
    /// <summary>A role's marker, or any text the template adds.</summary>
    Marker = 2,
    /// <summary>What the user said.</summary>
    Prompt = 3,
    /// <summary>Stands for a picture; visual tokens take its place.</summary>
    Image = 4,
    /// <summary>What the assistant said and is trained to say, its end mark included.</summary>
    Answer = 5,
}

/// <summary>A rendered conversation: for every token what it is and where it came from. Labels follow from it, and never from cutting text again.</summary>
/// <param name="TokenIds">The tokens.</param>
/// <param name="Kinds">What each is.</param>
/// <param name="Turns">The number of the turn each belongs to; -1 for text the template puts before all turns.</param>
/// <param name="ImageIndex">Which picture an image token stands for; -1 elsewhere.</param>
/// <param name="Documents">0 for what all documents share, k for the k-th exchange where exchanges are kept apart.</param>
/// <param name="Pieces">Where each token's piece of text begins in <paramref name="Text"/>, and how long the piece is.</param>
/// <param name="Text">The whole rendered text.</param>
public sealed record TokenLayout(
    int[] TokenIds, TokenKind[] Kinds, int[] Turns, int[] ImageIndex, int[] Documents, (int Start, int Length)[] Pieces, string Text);

/// <summary>Whether several exchanges about one picture see each other.</summary>
public enum TurnGrouping
{
    /// <summary>One conversation: later turns see earlier ones.</summary>
    Joined,
    /// <summary>Each exchange is a document of its own, beside what all share: system text and the pictures in it.</summary>
    Separate,
}
