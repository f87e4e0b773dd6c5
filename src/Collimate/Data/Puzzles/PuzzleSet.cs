namespace Collimate.Data.Puzzles;

/// <summary>SMART-101, or puzzles generated in its layout, cut into training, validation and test.</summary>
/// <param name="kinds">Every puzzle that was read, by rising number.</param>
/// <param name="train">For training, puzzle by puzzle in the order of their rows.</param>
/// <param name="validation">For choices.</param>
/// <param name="test">For reports.</param>
/// <remarks>Cherian et al., "Are Deep Neural Networks SMARTer than Second Graders?" (CVPR 2023).</remarks>
public sealed class PuzzleSet(
    IReadOnlyList<PuzzleKind> kinds, IReadOnlyList<PuzzleInstance> train, IReadOnlyList<PuzzleInstance> validation, IReadOnlyList<PuzzleInstance> test)
{
    /// <summary>Every puzzle that was read, by rising number.</summary>
    public IReadOnlyList<PuzzleKind> Kinds { get; } = kinds;

    /// <summary>For training, puzzle by puzzle in the order of their rows.</summary>
    public IReadOnlyList<PuzzleInstance> Train { get; } = train;

    /// <summary>For choices.</summary>
    public IReadOnlyList<PuzzleInstance> Validation { get; } = validation;

    /// <summary>For reports.</summary>
    public IReadOnlyList<PuzzleInstance> Test { get; } = test;

    /// <summary>What a reader should be told, such as a file under another name than it should have.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Reads a folder in either layout.</summary>
    /// <param name="root">The folder that holds the puzzles' folders.</param>
    /// <param name="split">How rows are cut.</param>
    /// <exception cref="DataException">The folder is absent, or something in it cannot be used; the message says where.</exception>
    public static PuzzleSet Read(string root, PuzzleSplitOptions split) => PuzzleFolder.Read(root, split);
}
