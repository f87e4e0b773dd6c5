namespace Collimate.Tokenization.PreTokenization;

/// <summary>What becomes of the parts that a pattern finds.</summary>
internal enum SplitBehavior
{
    /// <summary>They are left out.</summary>
    Removed,

    /// <summary>Each is a word.</summary>
    Isolated,

    /// <summary>Each belongs to the word before it.</summary>
    MergedWithPrevious,

    /// <summary>Each belongs to the word after it.</summary>
    MergedWithNext,

    /// <summary>Those that follow each other are one word.</summary>
    Contiguous,
}
