namespace Collimate.Data.Conversations;

/// <summary>Where the pictures of a user's turn stand.</summary>
public enum ImagePlacement
{
    /// <summary>Where the text has its markers.</summary>
    AsWritten,

    /// <summary>Before the words, each followed by a line end, as LLaVA does.</summary>
    FrontOfText,

    /// <summary>Before the role's opening mark, so that what is asked is the same whether one or several questions follow.</summary>
    BeforeRole,
}
