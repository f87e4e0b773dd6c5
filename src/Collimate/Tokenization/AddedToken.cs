namespace Collimate.Tokenization;

/// <summary>A token that is found in the text as it is written, before anything is cut into words.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">How it is written in text.</param>
/// <param name="IsSpecial">Whether it is left out when text is shown.</param>
public sealed record AddedToken(int Id, string Content, bool IsSpecial = true)
{
    /// <summary>Whether it also takes the white space before it.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Whether it also takes the white space after it.</summary>
    public bool StripsRight { get; init; }

    /// <summary>Whether it is looked for after the text was normalized rather than before.</summary>
    public bool IsNormalized { get; init; }

    /// <summary>Whether it is only found where no letter, digit or mark stands beside it.</summary>
    public bool IsSingleWord { get; init; }
}
