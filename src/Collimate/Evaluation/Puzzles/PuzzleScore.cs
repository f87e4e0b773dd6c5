using Collimate.Data.Puzzles;

namespace Collimate.Evaluation.Puzzles;

/// <summary>
/// Scores predictions as SMART-101 does. S_acc: the predicted value is the answer's, of a sequence all steps. O_acc: the option chosen by the puzzle's
/// <see cref="PuzzleAnswerRule"/> is the right one.
/// </summary>
/// <param name="kinds">The puzzles.</param>
public sealed class PuzzleScore(IEnumerable<PuzzleKind> kinds)
{
    private readonly Dictionary<int, Tally> tallies = kinds.ToDictionary(kind => kind.Id, kind => new Tally(kind));

    /// <summary>S_acc over all instances.</summary>
    public double SolutionAccuracy => Summary.SolutionAccuracy;

    /// <summary>O_acc over all instances.</summary>
    public double OptionAccuracy => Summary.OptionAccuracy;

    /// <summary>The accuracy in which near misses count in part.</summary>
    public double WeightedAccuracy => Summary.WeightedAccuracy;

    /// <summary>By puzzle.</summary>
    public IReadOnlyList<PuzzleResult> Puzzles => Summary.Puzzles;

    /// <summary>By class.</summary>
    public IReadOnlyList<PuzzleSkillResult> Skills => Summary.Skills;

    /// <summary>All of it, as it is now.</summary>
    public PuzzleSummary Summary => new([.. tallies.Values.Where(tally => tally.Count > 0).OrderBy(tally => tally.Kind.Id).Select(tally => tally.Result)]);

    /// <summary>Takes a prediction.</summary>
    /// <param name="instance">What was asked.</param>
    /// <param name="predicted">[steps] the predicted classes.</param>
    /// <exception cref="ArgumentException">The puzzle is none of the kinds, or the prediction has another number of steps.</exception>
    public void Add(PuzzleInstance instance, IReadOnlyList<int> predicted)
    {
        var tally = TallyOf(instance);
        if (predicted.Count != tally.Kind.Steps)
        {
            throw new ArgumentException($"puzzle {instance.Puzzle} is answered in {tally.Kind.Steps} steps, but {predicted.Count} were predicted", nameof(predicted));
        }

        var solved = instance.Value.SequenceEqual(predicted);
        var distance = tally.Kind.Rule == PuzzleAnswerRule.Sequence ? 0 : (double)Math.Abs((long)predicted[0] - instance.Value[0]) / tally.Kind.Classes;
        var weighted = tally.Kind.Rule == PuzzleAnswerRule.Sequence ? (solved ? 1 : 0) : Math.Max(0, 1 - distance);
        tally.Add(solved, ChosenOption(tally.Kind, instance, predicted) == instance.AnswerOption, weighted, distance);
    }

    /// <summary>The option that a prediction chooses.</summary>
    /// <param name="kind">The puzzle.</param>
    /// <param name="instance">What was asked.</param>
    /// <param name="predicted">[steps] the predicted classes.</param>
    /// <returns>0 to 4; of a sequence the right option where all steps are the answer's. -1 where none is chosen.</returns>
    public static int ChosenOption(PuzzleKind kind, PuzzleInstance instance, IReadOnlyList<int> predicted)
    {
        switch (kind.Rule)
        {
            case PuzzleAnswerRule.Sequence:
                return instance.Value.SequenceEqual(predicted) ? instance.AnswerOption : -1;
            case PuzzleAnswerRule.Match:
                return predicted[0] >= 0 && predicted[0] < instance.Options.Count ? predicted[0] : -1;
            default:
                var nearest = 0;
                for (var option = 1; option < instance.OptionValues.Count; option++)
                {
                    if (Distance(instance, option, predicted[0]) < Distance(instance, nearest, predicted[0]))
                    {
                        nearest = option;
                    }
                }

                return nearest;
        }
    }

    private static long Distance(PuzzleInstance instance, int option, int predicted) => Math.Abs((long)instance.OptionValues[option][0] - predicted);

    private Tally TallyOf(PuzzleInstance instance) => tallies.TryGetValue(instance.Puzzle, out var tally)
        ? tally
        : throw new ArgumentException($"puzzle {instance.Puzzle} is none of those that are scored", nameof(instance));

    private sealed class Tally(PuzzleKind kind)
    {
        private int solved;
        private int chosen;
        private double weighted;
        private double error;

        internal PuzzleKind Kind => kind;

        internal int Count { get; private set; }

        internal PuzzleResult Result => new(kind.Id, kind.Skill, Count, (double)solved / Count, (double)chosen / Count, weighted / Count, error / Count);

        internal void Add(bool solved, bool chosen, double weighted, double distance)
        {
            Count++;
            this.solved += solved ? 1 : 0;
            this.chosen += chosen ? 1 : 0;
            this.weighted += weighted;
            error += distance;
        }
    }
}
