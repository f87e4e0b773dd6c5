using Collimate.Data.Puzzles;

namespace Collimate.Evaluation.Puzzles;

/// <summary>What is scored without looking: always the commonest answer of training, and guessing.</summary>
public static class PuzzleBaselines
{
    private const double UniformOption = 0.2;

    /// <summary>The commonest answer of each puzzle in training, the smallest of several; of a sequence the commonest whole sequence.</summary>
    /// <param name="train">The training part.</param>
    /// <returns>[steps] by puzzle.</returns>
    public static IReadOnlyDictionary<int, IReadOnlyList<int>> Majority(IEnumerable<PuzzleInstance> train) =>
        train.GroupBy(instance => instance.Puzzle).ToDictionary(puzzle => puzzle.Key, puzzle => puzzle
            .GroupBy(instance => string.Join(' ', instance.Value.Select(value => value.ToString("D6")))).OrderByDescending(answer => answer.Count())
            .ThenBy(answer => answer.Key, StringComparer.Ordinal).First().First().Value);

    /// <summary>Scores the commonest answers. A puzzle that training does not have is answered by class 0.</summary>
    /// <param name="kinds">The puzzles.</param>
    /// <param name="train">The training part, from which the commonest answers are.</param>
    /// <param name="scored">The part that is scored.</param>
    public static PuzzleSummary ScoreMajority(IReadOnlyList<PuzzleKind> kinds, IEnumerable<PuzzleInstance> train, IEnumerable<PuzzleInstance> scored)
    {
        var (score, answers, steps) = (new PuzzleScore(kinds), Majority(train), kinds.ToDictionary(kind => kind.Id, kind => kind.Steps));
        foreach (var instance in scored)
        {
            score.Add(instance, answers.TryGetValue(instance.Puzzle, out var answer) ? answer : new int[steps[instance.Puzzle]]);
        }

        return score.Summary;
    }

    /// <summary>What guessing yields on average: S_acc 1 / classes, of a sequence for every step; O_acc one in five. The authors leave sequences out of theirs.</summary>
    /// <param name="kinds">The puzzles.</param>
    /// <param name="scored">The part that is scored.</param>
    public static PuzzleSummary Uniform(IReadOnlyList<PuzzleKind> kinds, IEnumerable<PuzzleInstance> scored)
    {
        var byId = kinds.ToDictionary(kind => kind.Id);
        return new PuzzleSummary([.. scored.GroupBy(instance => instance.Puzzle).OrderBy(puzzle => puzzle.Key).Select(puzzle =>
        {
            var kind = byId[puzzle.Key];
            var distance = kind.Rule == PuzzleAnswerRule.Sequence ? 0 : puzzle.Average(instance => MeanDistance(instance.Value[0], kind.Classes));
            var solution = Math.Pow(kind.Classes, -kind.Steps);
            return new PuzzleResult(
                kind.Id, kind.Skill, puzzle.Count(), solution, UniformOption, kind.Rule == PuzzleAnswerRule.Sequence ? solution : 1 - distance, distance);
        })]);
    }

    private static double MeanDistance(int value, int classes) => Enumerable.Range(0, classes).Average(guess => (double)Math.Abs(guess - value)) / classes;
}
