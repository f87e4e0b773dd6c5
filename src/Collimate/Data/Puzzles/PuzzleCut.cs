namespace Collimate.Data.Puzzles;

/// <summary>Cuts each puzzle's rows into training, validation and test, in the file's order, as SMART-101's authors do.</summary>
/// <param name="options">How.</param>
/// <param name="generated">Whether the puzzles are none of SMART-101's.</param>
internal sealed class PuzzleCut(PuzzleSplitOptions options, bool generated)
{
    private const double RareShare = 0.01;

    internal List<PuzzleInstance> Train { get; } = [];

    internal List<PuzzleInstance> Validation { get; } = [];

    internal List<PuzzleInstance> Test { get; } = [];

    /// <summary>Cuts a puzzle's rows.</summary>
    /// <param name="kind">The puzzle.</param>
    /// <param name="part">Where it belongs when whole puzzles are split.</param>
    /// <param name="rows">All its rows.</param>
    internal void Add(PuzzleKind kind, PuzzlePart part, PuzzleInstance[] rows)
    {
        rows = options.RowsPerPuzzle > 0 ? [.. rows.Take(options.RowsPerPuzzle)] : rows;
        switch (options.Split)
        {
            case PuzzleSplit.Instance:
                AddByRow(rows);
                break;
            case PuzzleSplit.Answer:
                AddByAnswer(kind, rows);
                break;
            default:
                AddByPuzzle(part, rows);
                break;
        }
    }

    private void AddByRow(PuzzleInstance[] rows)
    {
        var (train, validation, test) = Cut(rows, options.TrainShare, options.ValidationShare);
        Train.AddRange(train);
        Validation.AddRange(validation);
        Test.AddRange(test);
    }

    // Rows of a puzzle that is kept for one part are cut all the same, so that each part has the rows that it has in the instance split.
    private void AddByPuzzle(PuzzlePart part, PuzzleInstance[] rows)
    {
        if (part != PuzzlePart.Train && options.Split == PuzzleSplit.FewShot)
        {
            Train.AddRange(rows.Take(options.Shots));
            rows = [.. rows.Skip(options.Shots)];
        }

        var (train, validation, test) = Cut(rows, options.TrainShare, options.ValidationShare);
        var (list, kept) = part switch
        {
            PuzzlePart.Train => (Train, train),
            PuzzlePart.Validation => (Validation, validation),
            _ => (Test, test),
        };
        list.AddRange(kept);
    }

    /// <summary>
    /// The answer to leave out is the last, by value, of those that are no more frequent than the median, among answers above 1 %. The two largest values are
    /// counted together, as the authors' histogram does, under the name of the smaller.
    /// </summary>
    private void AddByAnswer(PuzzleKind kind, PuzzleInstance[] rows)
    {
        if (kind.Rule == PuzzleAnswerRule.Sequence || (!generated && kind.Id == SmartFacts.OperatorPuzzle) || kind.Classes < 2)
        {
            AddByRow(rows);
            return;
        }

        var counts = new int[kind.Classes - 1];
        foreach (var row in rows)
        {
            counts[Math.Min(row.Value[0], counts.Length - 1)]++;
        }

        int[] common = [.. Enumerable.Range(0, counts.Length).Where(value => counts[value] > RareShare * rows.Length)];
        if (common.Length == 0)
        {
            AddByRow(rows);
            return;
        }

        var sorted = common.Select(value => counts[value]).Order().ToArray();
        var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;
        var left = common.Last(value => counts[value] <= median);
        Test.AddRange(rows.Where(row => row.Value[0] == left));
        var (train, validation, _) = Cut([.. rows.Where(row => row.Value[0] != left)], 100 - options.ValidationShare, options.ValidationShare);
        Train.AddRange(train);
        Validation.AddRange(validation);
    }

    // Ends are rounded down and beginnings up, so a row between two parts is in neither.
    private static (PuzzleInstance[] Train, PuzzleInstance[] Validation, PuzzleInstance[] Test) Cut(PuzzleInstance[] rows, int train, int validation)
    {
        var (first, second) = (rows.Length * train, rows.Length * (train + validation));
        return (rows[..(first / 100)], Between(rows, Up(first), second / 100), rows[Up(second)..]);
    }

    private static PuzzleInstance[] Between(PuzzleInstance[] rows, int start, int end) => start < end ? rows[start..end] : [];

    private static int Up(int hundredths) => (hundredths + 99) / 100;
}
