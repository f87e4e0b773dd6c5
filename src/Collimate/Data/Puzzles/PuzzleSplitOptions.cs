using Collimate.Recipes;

namespace Collimate.Data.Puzzles;

/// <summary>Which rows of which puzzles are for training, validation and test.</summary>
public sealed record PuzzleSplitOptions : IValidatedOptions
{
    /// <summary>What training does not see.</summary>
    public PuzzleSplit Split { get; init; }

    /// <summary>Per cent of a puzzle's rows for training. SMART-101 cuts 80 : 5 : 15; the fused reasoner's report 60 : 20 : 20 of 1,000 rows.</summary>
    [RecipeRange(1, 100)]
    public int TrainShare { get; init; } = 80;

    /// <summary>Per cent of a puzzle's rows for validation; what is left over is for the test.</summary>
    [RecipeRange(0, 99)]
    public int ValidationShare { get; init; } = 5;

    /// <summary>How many of a puzzle's rows are used, from the first; 0 for all. Classes are always those of the whole file.</summary>
    [RecipeRange(0)]
    public int RowsPerPuzzle { get; init; }

    /// <summary>How many rows of each puzzle for validation and test join training in <see cref="PuzzleSplit.FewShot"/>.</summary>
    [RecipeRange(0)]
    public int Shots { get; init; } = 10;

    /// <summary>The puzzles to read; all that are there where silent.</summary>
    public IReadOnlyList<int> Puzzles { get; init; } = [];

    /// <summary>The table of puzzles, <c>SMART_info_v2.csv</c>; looked for in the data set's folder where silent.</summary>
    public string? InfoFile { get; init; }

    /// <summary>The names of icons, <c>icon-classes.txt</c>, by which puzzle 1 is answered; looked for in the data set's folder where silent.</summary>
    public string? IconFile { get; init; }

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (TrainShare + ValidationShare > 100)
        {
            yield return (nameof(ValidationShare), $"{TrainShare} and {ValidationShare} per cent are more than all rows; leave some for the test.");
        }
    }
}
