using Collimate.Recipes;

namespace Collimate.Data.Puzzles;

/// <summary>Options of puzzles asked as a chat.</summary>
public sealed record PuzzleSourceOptions
{
    /// <summary>The folder of SMART-101, or of puzzles that were generated.</summary>
    public required string Path { get; init; }

    /// <summary>Which part: <c>train</c>, <c>validation</c> or <c>test</c>.</summary>
    public PuzzlePart Part { get; init; }

    /// <summary>How rows are cut into the parts; as SMART-101's instance split where silent.</summary>
    public PuzzleSplitOptions Splits { get; init; } = new();

    /// <summary>What follows the options on a line of its own; nothing where empty.</summary>
    public string Instruction { get; init; } = PuzzleChat.Instruction;

    /// <summary>Which order the puzzles come in; the same seed gives the same order.</summary>
    [RecipeRange(0)]
    public long Seed { get; init; } = 1;

    /// <summary>Whether every pass has an order of its own; otherwise puzzles come as they stand.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>The same with relative paths made absolute.</summary>
    internal PuzzleSourceOptions Resolved(Func<string, string> resolve) => this with
    {
        Path = resolve(Path),
        Splits = Splits with
        {
            InfoFile = Splits.InfoFile is null ? null : resolve(Splits.InfoFile),
            IconFile = Splits.IconFile is null ? null : resolve(Splits.IconFile),
        },
    };
}
