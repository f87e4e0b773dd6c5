namespace Collimate.Data.Puzzles;

/// <summary>One picture with its question, five options and the answer.</summary>
/// <param name="Puzzle">The number of its puzzle.</param>
/// <param name="Row">Its row in the puzzle's file, from 0.</param>
/// <param name="Question">What is asked.</param>
/// <param name="ImagePath">The picture's file.</param>
/// <param name="Options">[5] as written; where the file leaves them empty, the letters A to E.</param>
/// <param name="AnswerOption">Which option is right, 0 to 4.</param>
/// <param name="Value">[steps] the answer as classes: what S_acc compares.</param>
/// <param name="OptionValues">[5][steps] the options in the same code.</param>
public sealed record PuzzleInstance(
    int Puzzle, int Row, string Question, string ImagePath, IReadOnlyList<string> Options, int AnswerOption,
    IReadOnlyList<int> Value, IReadOnlyList<IReadOnlyList<int>> OptionValues);
