namespace Collimate.Data.Puzzles;

/// <summary>What is known of a puzzle before its rows are read.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Skill">What it takes.</param>
/// <param name="Rule">How an option is chosen.</param>
/// <param name="Part">The part that its rows fall to where whole puzzles are split.</param>
internal sealed record PuzzleDescription(int Id, PuzzleSkill Skill, PuzzleAnswerRule Rule, PuzzlePart Part)
{
    /// <summary>The code that fills up a generated sequence; null where the answer has one value, or the puzzle is published.</summary>
    internal int? End { get; init; }
}
