using Collimate.Data.Puzzles;
using Collimate.Recipes.Schema;

namespace Collimate.Training.Reasoning;

/// <summary>The puzzles that a recipe asks for.</summary>
public static class PuzzleSelection
{
    /// <summary>Reads them.</summary>
    /// <param name="options">The recipe's <c>data:</c>.</param>
    /// <param name="folder">Where its relative paths start from.</param>
    /// <exception cref="Data.DataException">The folder cannot be used.</exception>
    public static PuzzleSet Read(PuzzleDataOptions options, string folder)
    {
        string? Resolved(string? path) => path is null ? null : Path.GetFullPath(path, folder);
        var splits = options.Splits with { InfoFile = Resolved(options.Splits.InfoFile), IconFile = Resolved(options.Splits.IconFile) };
        var all = PuzzleSet.Read(Path.GetFullPath(options.Path, folder), splits);
        if (options.Skills.Count == 0)
        {
            return all;
        }

        PuzzleKind[] kinds = [.. all.Kinds.Where(kind => options.Skills.Contains(kind.Skill))];
        var wanted = kinds.Select(kind => kind.Id).ToHashSet();
        IReadOnlyList<PuzzleInstance> Only(IReadOnlyList<PuzzleInstance> rows) => [.. rows.Where(row => wanted.Contains(row.Puzzle))];
        return new PuzzleSet(kinds, Only(all.Train), Only(all.Validation), Only(all.Test)) { Notes = all.Notes };
    }
}
