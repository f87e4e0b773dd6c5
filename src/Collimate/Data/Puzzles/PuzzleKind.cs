namespace Collimate.Data.Puzzles;

/// <summary>A puzzle of which there are many instances.</summary>
/// <param name="Id">Its number, from 1.</param>
/// <param name="Skill">What it takes.</param>
/// <param name="Rule">How an option is chosen.</param>
/// <param name="Classes">One more than the largest answer value of the whole file, also where fewer rows are used: what a head must be able to say.</param>
/// <param name="Steps">How many values an answer has: 1, or <see cref="PuzzleAnswers.SequenceSteps"/> for sequences.</param>
public sealed record PuzzleKind(int Id, PuzzleSkill Skill, PuzzleAnswerRule Rule, int Classes, int Steps);
