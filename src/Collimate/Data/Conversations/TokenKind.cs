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
