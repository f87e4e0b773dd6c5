using Collimate.Data.Puzzles;

namespace Collimate.Evaluation.Puzzles;

/// <summary>How the instances of one puzzle went.</summary>
/// <param name="Id">The puzzle.</param>
/// <param name="Skill">What it takes.</param>
/// <param name="Count">How many instances were answered.</param>
/// <param name="Solution">S_acc: the share whose value was predicted.</param>
/// <param name="Option">O_acc: the share whose option was chosen.</param>
/// <param name="Weighted">The mean of 1 - |predicted - value| / classes; of a sequence, S_acc.</param>
/// <param name="Error">The mean of |predicted - value| / classes; of a sequence 0, as in the authors' code.</param>
public sealed record PuzzleResult(int Id, PuzzleSkill Skill, int Count, double Solution, double Option, double Weighted, double Error);

/// <summary>How the puzzles of a class went: each weighs the same, however many instances it has.</summary>
/// <param name="Skill">The class.</param>
/// <param name="Puzzles">How many of its puzzles were answered.</param>
/// <param name="Solution">The mean of their S_acc.</param>
/// <param name="Option">The mean of their O_acc.</param>
/// <param name="Weighted">The mean of their weighted accuracies.</param>
public sealed record PuzzleSkillResult(PuzzleSkill Skill, int Puzzles, double Solution, double Option, double Weighted);
