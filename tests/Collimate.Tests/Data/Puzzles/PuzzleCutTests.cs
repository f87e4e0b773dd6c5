using Collimate.Data.Puzzles;

namespace Collimate.Tests.Data.Puzzles;

public sealed class PuzzleCutTests
{
    [Theory]
    [InlineData(2000, 80, 5, 1600, 1600, 1700, 1700)]
    [InlineData(1000, 60, 20, 600, 600, 800, 800)]
    [InlineData(33, 80, 5, 26, 27, 28, 29)] // 26.4 and 28.05: rows 26 and 28 are in no part
    [InlineData(7, 80, 5, 5, 6, 5, 6)]
    [InlineData(10, 100, 0, 10, 10, 10, 10)]
    public void Add_InstanceSplit_EndsAreRoundedDownAndBeginningsUp(int rows, int train, int validation, int trainEnd, int validationStart, int validationEnd, int testStart)
    {
        var cut = Cut(new() { TrainShare = train, ValidationShare = validation }, (2, PuzzlePart.Train, Enumerable.Repeat(1, rows)));

        Assert.Equal(Enumerable.Range(0, trainEnd), cut.Train.Select(row => row.Row));
        Assert.Equal(validationStart < validationEnd ? Enumerable.Range(validationStart, validationEnd - validationStart) : [], cut.Validation.Select(row => row.Row));
        Assert.Equal(Enumerable.Range(testStart, rows - testStart), cut.Test.Select(row => row.Row));
    }

    [Fact]
    public void Add_AnswerSplit_LeavesOutTheLastAnswerUpToTheMedian()
    {
        // Counts of 0 to 5: 40, 10, 20, 30, 20, 0, and one of 6, which counts as a 5 and is rare. Median of 40, 10, 20, 30, 20 is 20; the last with at most 20 is 4.
        var values = ((int Value, int Times)[])[(0, 40), (1, 10), (2, 20), (3, 30), (4, 20), (6, 1)];
        var cut = Cut(new() { Split = PuzzleSplit.Answer }, (2, PuzzlePart.Train, values.SelectMany(one => Enumerable.Repeat(one.Value, one.Times))));

        Assert.Equal(20, cut.Test.Count);
        Assert.All(cut.Test, row => Assert.Equal(4, row.Value[0]));
        Assert.DoesNotContain(cut.Train.Concat(cut.Validation), row => row.Value[0] == 4);
        Assert.Equal((95, 5), (cut.Train.Count, cut.Validation.Count)); // 101 rows at 95 : 5 is 95.95 and 101: row 95 falls between
    }

    [Fact]
    public void Add_AnswerSplit_TheTwoLargestAnswersShareABin()
    {
        // 0: 60, 1: 20, 2: 30. The last bin holds 1 and 2 with 50; the median of 60 and 50 is 55, so the bin of 1 is left out, and with it only the ones.
        var cut = Cut(new() { Split = PuzzleSplit.Answer }, (2, PuzzlePart.Train, [.. Enumerable.Repeat(0, 60), .. Enumerable.Repeat(1, 20), .. Enumerable.Repeat(2, 30)]));

        Assert.Equal(20, cut.Test.Count);
        Assert.All(cut.Test, row => Assert.Equal(1, row.Value[0]));
    }

    [Theory]
    [InlineData(58)]
    [InlineData(18)]
    public void Add_AnswerSplit_SequencesAndOperatorsAreCutByRows(int puzzle)
    {
        var cut = Cut(new() { Split = PuzzleSplit.Answer }, (puzzle, PuzzlePart.Train, Enumerable.Range(0, 100).Select(row => row % 4)));

        Assert.Equal((80, 5, 15), (cut.Train.Count, cut.Validation.Count, cut.Test.Count));
    }

    [Fact]
    public void Add_PuzzleSplit_PartsHaveWholePuzzlesCutAsInTheInstanceSplit()
    {
        var cut = Cut(new() { Split = PuzzleSplit.Puzzle }, (2, PuzzlePart.Train, new int[100]), (7, PuzzlePart.Validation, new int[100]), (61, PuzzlePart.Test, new int[100]));

        Assert.Equal([(2, 80)], Counts(cut.Train));
        Assert.Equal([(7, 5)], Counts(cut.Validation));
        Assert.Equal([(61, 15)], Counts(cut.Test));
    }

    [Fact]
    public void Add_FewShotSplit_FirstRowsJoinTraining()
    {
        var cut = Cut(new() { Split = PuzzleSplit.FewShot, Shots = 20 }, (2, PuzzlePart.Train, new int[100]), (61, PuzzlePart.Test, new int[120]));

        Assert.Equal([(2, 80), (61, 20)], Counts(cut.Train));
        Assert.Equal(Enumerable.Range(105, 15), cut.Test.Select(row => row.Row)); // of rows 20 to 119 the last 15
    }

    [Fact]
    public void Add_RowsPerPuzzle_UsesTheFirstRows() =>
        Assert.Equal(39, Cut(new() { RowsPerPuzzle = 40 }, (2, PuzzlePart.Train, new int[100])).Test[^1].Row);

    private static IEnumerable<(int Puzzle, int Count)> Counts(IEnumerable<PuzzleInstance> rows) => rows.GroupBy(row => row.Puzzle).Select(puzzle => (puzzle.Key, puzzle.Count()));

    private static PuzzleCut Cut(PuzzleSplitOptions options, params (int Puzzle, PuzzlePart Part, IEnumerable<int> Values)[] puzzles)
    {
        var cut = new PuzzleCut(options, generated: false);
        foreach (var (puzzle, part, values) in puzzles)
        {
            PuzzleInstance[] rows = [.. values.Select((value, row) => new PuzzleInstance(puzzle, row, "?", "p.png", ["1", "2", "3", "4", "5"], 0, [value], [[1], [2], [3], [4], [5]]))];
            cut.Add(new PuzzleKind(puzzle, PuzzleSkill.Math, SmartFacts.RuleOf(puzzle), rows.Max(row => row.Value[0]) + 1, 1), part, rows);
        }

        return cut;
    }
}
