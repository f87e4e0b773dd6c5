using Collimate.Data.Puzzles;

namespace Collimate.Evaluation.Puzzles;

/// <summary>How puzzles went, puzzle by puzzle; what is over all of them follows.</summary>
/// <param name="Puzzles">Every puzzle that was answered, by rising number.</param>
public sealed record PuzzleSummary(IReadOnlyList<PuzzleResult> Puzzles)
{
    /// <summary>How many instances were answered.</summary>
    public int Count => Puzzles.Sum(puzzle => puzzle.Count);

    /// <summary>S_acc: the share of all instances whose value was predicted.</summary>
    public double SolutionAccuracy => OverInstances(puzzle => puzzle.Solution);

    /// <summary>O_acc: the share of all instances whose option was chosen.</summary>
    public double OptionAccuracy => OverInstances(puzzle => puzzle.Option);

    /// <summary>The mean over all instances of 1 - |predicted - value| / classes: near misses count in part, wrong sequences do not.</summary>
    public double WeightedAccuracy => OverInstances(puzzle => puzzle.Weighted);

    /// <summary>The mean over all instances of |predicted - value| / classes ("prediction variance"); sequences add 0.</summary>
    public double Error => OverInstances(puzzle => puzzle.Error);

    /// <summary>The eight classes that SMART-101 reports, as far as they were answered. <see cref="PuzzleSkill.Order"/> is none of them.</summary>
    public IReadOnlyList<PuzzleSkillResult> Skills =>
        [.. Puzzles.Where(puzzle => puzzle.Skill != PuzzleSkill.Order).GroupBy(puzzle => puzzle.Skill).OrderBy(skill => skill.Key).Select(skill => new PuzzleSkillResult(
            skill.Key, skill.Count(), skill.Average(puzzle => puzzle.Solution), skill.Average(puzzle => puzzle.Option), skill.Average(puzzle => puzzle.Weighted)))];

    /// <summary>O_acc with a weight for each puzzle's instances, as a challenge may set them by how hard puzzles are.</summary>
    /// <param name="weights">By puzzle, not negative; a puzzle that is not named weighs 1.</param>
    /// <returns>The weighted mean; 0 where all weights are.</returns>
    public double Weighted(IReadOnlyDictionary<int, double> weights)
    {
        var total = Puzzles.Sum(puzzle => puzzle.Count * weights.GetValueOrDefault(puzzle.Id, 1));
        return total > 0 ? Puzzles.Sum(puzzle => puzzle.Count * weights.GetValueOrDefault(puzzle.Id, 1) * puzzle.Option) / total : 0;
    }

    private double OverInstances(Func<PuzzleResult, double> share) => Count == 0 ? 0 : Puzzles.Sum(puzzle => puzzle.Count * share(puzzle)) / Count;
}
