namespace Collimate.Data.Puzzles;

/// <summary>What training does not see.</summary>
public enum PuzzleSplit
{
    /// <summary>Rows of every puzzle, in the file's order (SMART-101: instance split, <c>standard</c>).</summary>
    Instance,

    /// <summary>One answer of every puzzle (answer split, <c>exclude</c>).</summary>
    Answer,

    /// <summary>Whole puzzles but for their first rows (few-shot split).</summary>
    FewShot,

    /// <summary>Whole puzzles (puzzle split).</summary>
    Puzzle,
}
