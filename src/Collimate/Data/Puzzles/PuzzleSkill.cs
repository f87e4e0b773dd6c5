namespace Collimate.Data.Puzzles;

/// <summary>What a puzzle takes, as SMART-101 classes it (<c>type</c> in its table, lower-cased).</summary>
public enum PuzzleSkill
{
    /// <summary>Counting things.</summary>
    Counting,

    /// <summary>Arithmetic.</summary>
    Math,

    /// <summary>Drawing conclusions.</summary>
    Logic,

    /// <summary>Following paths.</summary>
    Path,

    /// <summary>Finding unknowns.</summary>
    Algebra,

    /// <summary>Reading and comparing sizes and times.</summary>
    Measure,

    /// <summary>Imagining things moved, folded or stacked.</summary>
    Spatial,

    /// <summary>Continuing patterns.</summary>
    Pattern,

    /// <summary>Putting things in order: three puzzles of SMART-101 that none of its eight reported classes has, and that only the score over all counts.</summary>
    Order,
}
