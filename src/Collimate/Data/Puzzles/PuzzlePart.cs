namespace Collimate.Data.Puzzles;

/// <summary>A part of the data.</summary>
public enum PuzzlePart
{
    /// <summary>For learning.</summary>
    Train,

    /// <summary>For choices.</summary>
    Validation,

    /// <summary>For reports.</summary>
    Test,
}
