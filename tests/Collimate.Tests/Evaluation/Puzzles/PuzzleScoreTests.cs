using Collimate.Data.Puzzles;
using Collimate.Evaluation.Puzzles;

namespace Collimate.Tests.Evaluation.Puzzles;

public sealed class PuzzleScoreTests
{
    /// <summary>Puzzle, its largest class, options, answer, prediction; then by hand whether S_acc and O_acc count it, and the error times the classes.</summary>
    public static TheoryData<int, int, string, char, int, bool, bool, int> Values => new()
    {
        // Nearest: the options are numbers.
        { 2, 9, "2 3 4 5 9", 'C', 4, true, true, 0 },
        { 2, 9, "2 3 4 5 9", 'C', 3, false, false, 1 },
        { 2, 9, "2 3 4 5 9", 'E', 8, false, true, 1 }, // 8 is nearest to 9
        { 2, 9, "2 3 4 5 9", 'D', 7, false, true, 2 }, // as near to 5 as to 9: the first
        { 2, 9, "2 3 4 5 9", 'E', 7, false, false, 2 },
        { 2, 9, "2 3 4 5 9", 'A', 0, false, true, 2 },
        { 2, 9, "2 3 4 5 9", 'B', 0, false, false, 3 },
        { 3, 8, "8 6 4 2 0", 'A', 7, false, true, 1 }, // 7 is as near to 8 as to 6: A is first
        { 3, 8, "8 6 4 2 0", 'B', 7, false, false, 1 },
        { 3, 8, "8 6 4 2 0", 'D', 1, false, true, 1 },
        { 3, 8, "8 6 4 2 0", 'E', 1, false, false, 1 },
        { 3, 8, "0 2 4 6 8", 'A', 1, false, true, 1 }, // the same with rising options: now 0 is first
        { 3, 8, "0 2 4 6 8", 'B', 1, false, false, 1 },
        { 7, 14, "6 8 10 12 14", 'D', 11, false, false, 1 }, // C is first
        { 7, 14, "6 8 10 12 14", 'C', 11, false, true, 1 },
        { 7, 14, "6 8 10 12 14", 'E', 14, true, true, 0 },
        { 9, 6, "3 3 4 5 6", 'A', 3, true, true, 0 }, // the same value twice: the first is chosen
        { 9, 6, "3 3 4 5 6", 'B', 3, true, false, 0 }, // solved, and yet another option
        { 12, 4, "-4 2 4 1 3", 'D', 0, false, true, 1 },
        { 12, 4, "-4 2 4 1 3", 'B', 0, false, false, 2 },
        { 60, 60, "19 31 37 50 60", 'C', 34, false, false, 3 }, // 31 and 37 are as near: the first is B
        { 60, 60, "19 31 37 50 60", 'B', 34, false, true, 3 },
        { 60, 60, "19 31 37 50 60", 'C', 35, false, true, 2 },
        { 1, 50, "20 42 5 9 11", 'B', 42, true, true, 0 },
        { 1, 50, "20 42 5 9 11", 'B', 41, false, true, 1 },
        { 25, 24, "1 2 5 11 24", 'E', 18, false, true, 6 }, // 7 from 11, 6 from 24
        { 25, 24, "1 2 5 11 24", 'D', 17, false, true, 6 }, // 6 from 11, 7 from 24
        // Operators are codes; the nearest code has nothing to do with the nearest operation.
        { 58, 58, "58 48 65 36 42", 'E', 42, true, true, 0 },
        { 58, 58, "58 48 65 36 42", 'E', 44, false, true, 2 }, // 4 from 48, 2 from 42
        { 58, 58, "58 48 65 36 42", 'B', 45, false, true, 3 }, // 3 from 48, 3 from 42: B is first
        // The special numbers: the prediction is the option's number.
        { 32, 25, "17 11 10 13 14", 'D', 3, false, true, 10 }, // the letter N is 13, but what is compared is 3
        { 32, 25, "17 11 10 13 14", 'D', 13, true, false, 0 }, // solved, and yet no option
        { 51, 5, "1 2 3 4 5", 'B', 1, false, true, 1 },
        { 51, 5, "1 2 3 4 5", 'B', 2, true, false, 0 },
        { 44, 4, "0 1 2 3 4", 'B', 1, true, true, 0 },
        { 44, 4, "0 1 2 3 4", 'B', 0, false, false, 1 },
        { 66, 4, "0 1 2 3 4", 'C', 2, true, true, 0 },
        { 68, 4, "0 1 2 3 4", 'B', 4, false, false, 3 },
        { 69, 4, "0 1 2 3 4", 'A', 0, true, true, 0 },
        { 82, 4, "0 1 2 3 4", 'E', 4, true, true, 0 },
        { 84, 4, "0 1 2 3 4", 'A', 1, false, false, 1 },
        { 95, 4, "0 1 2 3 4", 'D', 3, true, true, 0 },
        { 98, 4, "4 3 2 1 0", 'D', 3, false, true, 2 }, // by the option's number, not by its value
        { 99, 4, "4 3 2 1 0", 'D', 3, false, false, 2 }, // no special number: by its value
    };

    /// <summary>Puzzle, answer and prediction of a sequence; whether it counts.</summary>
    public static TheoryData<int, string, string, bool> Sequences => new()
    {
        { 16, "4 5 26 26 26 26 26 26 26 26", "4 5 26 26 26 26 26 26 26 26", true },
        { 16, "4 5 26 26 26 26 26 26 26 26", "5 4 26 26 26 26 26 26 26 26", false },
        { 18, "5 2 3 1 4 5 5 5 5 5", "5 2 3 1 4 5 5 5 5 5", true },
        { 18, "5 2 3 1 4 5 5 5 5 5", "5 2 3 1 4 5 5 5 5 0", false }, // filling must be right too
        { 35, "2 5 5 5 5 5 5 5 5 5", "2 5 5 5 5 5 5 5 5 5", true },
        { 39, "10 13 0 14 26 26 26 26 26 26", "10 13 0 26 26 26 26 26 26 26", false },
        { 63, "1 3 5 5 5 5 5 5 5 5", "1 3 5 5 5 5 5 5 5 5", true },
        { 100, "12 0 19 7 26 26 26 26 26 26", "12 0 19 4 26 26 26 26 26 26", false },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Add_OneInstance_CountsAsByHand(int puzzle, int largest, string options, char answer, int predicted, bool solved, bool chosen, int error)
    {
        var (kind, instance) = (Kind(puzzle, largest + 1), Instance(puzzle, options.Split(' ').Select(int.Parse), answer - 'A'));
        var score = new PuzzleScore([kind]);
        score.Add(instance, [predicted]);

        Assert.Equal(solved ? 1 : 0, score.SolutionAccuracy);
        Assert.Equal(chosen ? 1 : 0, score.OptionAccuracy);
        Assert.Equal(error / (largest + 1.0), score.Summary.Error, 12);
        Assert.Equal(1 - (error / (largest + 1.0)), score.WeightedAccuracy, 12);
    }

    [Theory]
    [MemberData(nameof(Sequences))]
    public void Add_Sequence_AllStepsMustBeRight(int puzzle, string answer, string predicted, bool right)
    {
        var value = answer.Split(' ').Select(int.Parse).ToArray();
        var score = new PuzzleScore([Kind(puzzle, 27)]);
        score.Add(new PuzzleInstance(puzzle, 0, "?", "p.png", ["a", "b", "c", "d", "e"], 2, value, [value, value, value, value, value]), [.. predicted.Split(' ').Select(int.Parse)]);

        Assert.Equal((right ? 1.0 : 0, right ? 1.0 : 0, right ? 1.0 : 0, 0.0), (score.SolutionAccuracy, score.OptionAccuracy, score.WeightedAccuracy, score.Summary.Error));
    }

    [Fact]
    public void Summary_SeveralPuzzles_InstancesWeighInAllAndPuzzlesInTheirClass()
    {
        // Puzzle 2: 3 instances, 2 solved. Puzzle 3: 1 instance, none. Puzzle 4 (order): 4 instances, all.
        var score = new PuzzleScore([Kind(2, 10, PuzzleSkill.Path), Kind(3, 10, PuzzleSkill.Path), Kind(4, 10, PuzzleSkill.Order), Kind(5, 10)]);
        foreach (var (puzzle, predicted) in ((int, int)[])[(2, 1), (2, 1), (2, 2), (3, 5), (4, 1), (4, 1), (4, 1), (4, 1)])
        {
            score.Add(Instance(puzzle, [1, 2, 3, 4, 5], 0), [predicted]);
        }

        Assert.Equal(6.0 / 8, score.SolutionAccuracy);
        Assert.Equal([(2, 3), (3, 1), (4, 4)], score.Puzzles.Select(puzzle => (puzzle.Id, puzzle.Count)));
        var path = Assert.Single(score.Skills); // of order no class is reported
        Assert.Equal((PuzzleSkill.Path, 2), (path.Skill, path.Puzzles));
        Assert.Equal(1.0 / 3, path.Solution, 12); // the mean of 2/3 and 0
        Assert.Equal(((0.1 / 3) + 0.4) / 2, 1 - path.Weighted, 12);
        // Weights 2 for puzzle 2 and 0 for puzzle 4: (3 · 2 · 2/3 + 1 · 0) / (3 · 2 + 1).
        Assert.Equal(4.0 / 7, score.Summary.Weighted(new Dictionary<int, double> { [2] = 2, [4] = 0 }), 12);
        Assert.Equal(0, new PuzzleScore([Kind(2, 10)]).SolutionAccuracy);
    }

    [Fact]
    public void Add_WhatDoesNotFit_IsRefused()
    {
        var score = new PuzzleScore([Kind(2, 5), Kind(18, 6)]);

        Assert.Contains("puzzle 3 is none of those", Assert.Throws<ArgumentException>(() => score.Add(Instance(3, [1, 2, 3, 4, 5], 0), [1])).Message);
        Assert.Contains("puzzle 18 is answered in 10 steps, but 1 were predicted", Assert.Throws<ArgumentException>(() => score.Add(Instance(18, [1, 2, 3, 4, 5], 0), [1])).Message);
    }

    [Fact]
    public void Majority_CommonestAnswerOfTraining_SmallestOfSeveral()
    {
        var (two, three) = (Kind(2, 10), Kind(3, 10));
        PuzzleInstance[] train = [.. ((int[])[9, 2, 9, 2, 5]).Select(value => Instance(2, [value, 11, 12, 13, 14], 0))];
        PuzzleInstance[] test = [Instance(2, [2, 9, 5, 6, 7], 0), Instance(2, [2, 9, 5, 6, 7], 1), Instance(3, [0, 9, 5, 6, 7], 0)];

        Assert.Equal([2], PuzzleBaselines.Majority(train)[2]);
        var summary = PuzzleBaselines.ScoreMajority([two, three], train, test);
        Assert.Equal([0.5, 1], summary.Puzzles.Select(puzzle => puzzle.Solution)); // puzzle 3 was not learnt: class 0
    }

    [Fact]
    public void Majority_Sequences_AreCountedWhole()
    {
        int[][] answers = [[1, 2], [1, 3], [1, 3], [4, 2]];
        var train = answers.Select(answer => new PuzzleInstance(18, 0, "?", "p.png", ["a", "b", "c", "d", "e"], 0, answer, [answer, answer, answer, answer, answer]));

        Assert.Equal([1, 3], PuzzleBaselines.Majority(train)[18]);
    }

    [Fact]
    public void Uniform_Guessing_IsOneOfTheClassesAndOneInFive()
    {
        var summary = PuzzleBaselines.Uniform([Kind(2, 4), Kind(18, 6)], [Instance(2, [0, 1, 2, 3, 4], 0), Instance(18, [0, 1, 2, 3, 4], 0)]);

        Assert.Equal(0.25, summary.Puzzles[0].Solution);
        Assert.Equal((0 + 1 + 2 + 3) / 4.0 / 4, summary.Puzzles[0].Error, 12);
        Assert.Equal(Math.Pow(6, -10), summary.Puzzles[1].Solution, 15);
        Assert.Equal(0.2, summary.OptionAccuracy, 12);
    }

    private static PuzzleKind Kind(int puzzle, int classes, PuzzleSkill skill = PuzzleSkill.Counting) =>
        new(puzzle, skill, SmartFacts.RuleOf(puzzle), classes, SmartFacts.Sequences.Contains(puzzle) ? 10 : 1);

    private static PuzzleInstance Instance(int puzzle, IEnumerable<int> options, int answer)
    {
        int[][] values = [.. options.Select(option => (int[])[option])];
        return new PuzzleInstance(puzzle, 0, "?", "p.png", [.. values.Select(value => $"{value[0]}")], answer, values[answer], values);
    }
}
