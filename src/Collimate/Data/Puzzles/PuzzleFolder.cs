using System.Globalization;

namespace Collimate.Data.Puzzles;

/// <summary>
/// Reads <c>ROOT/ID/puzzle_ID.csv</c> and looks for <c>ROOT/ID/img/PICTURE</c>. Where <c>ROOT/puzzles.json</c> says which puzzles there are, they are generated
/// ones, and nothing of what is special about SMART-101's numbers is true of them.
/// </summary>
internal static class PuzzleFolder
{
    internal const string PictureFolder = "img";

    /// <summary>Reads a folder.</summary>
    internal static PuzzleSet Read(string root, PuzzleSplitOptions split)
    {
        root = Path.GetFullPath(root);
        if (!Directory.Exists(root))
        {
            throw new DataException(root, $"there is no such folder. {SmartFacts.Source}; or make puzzles with ./collimate scenes --puzzles --out {root}", DataFault.Source);
        }

        var folders = Folders(root, split.Puzzles);
        var list = Path.Combine(root, PuzzleCatalogue.GeneratedFile);
        var generated = File.Exists(list);
        var puzzles = generated ? PuzzleCatalogue.Generated(list) : PuzzleCatalogue.Published(Table(root, split.InfoFile, SmartFacts.InfoFile, "info_file"));
        var notes = new List<string>();
        var icons = new Lazy<IReadOnlyList<string>>(() => File.ReadAllLines(Table(root, split.IconFile, SmartFacts.IconFile, "icon_file")).Select(line => line.Trim()).ToArray());
        var read = folders.Select(id => puzzles.TryGetValue(id, out var puzzle)
            ? PuzzleFile.Read(Path.Combine(root, Name(id)), puzzle, generated, () => icons.Value, notes)
            : throw new DataException(
                Path.Combine(root, Name(id)), $"{id} is an unknown puzzle; {(generated ? PuzzleCatalogue.GeneratedFile : SmartFacts.InfoFile)} knows {puzzles.Count}, {puzzles.Keys.Min()} to {puzzles.Keys.Max()}", DataFault.Source)).ToArray();
        var parts = new PuzzleCut(split, generated);
        foreach (var (kind, instances) in read)
        {
            parts.Add(kind, puzzles[kind.Id].Part, instances);
        }

        return new PuzzleSet([.. read.Select(puzzle => puzzle.Kind)], parts.Train, parts.Validation, parts.Test) { Notes = notes };
    }

    private static int[] Folders(string root, IReadOnlyList<int> wanted)
    {
        var there = Directory.GetDirectories(root).Select(Path.GetFileName)
            .Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0).Where(id => id > 0).Order().ToArray();
        if (there.Length == 0)
        {
            throw new DataException(root, $"there is no puzzle's folder in it; expected folders 1, 2, ... each with puzzle_ID.csv and {PictureFolder}. {SmartFacts.Source}", DataFault.Source);
        }

        return wanted.Count == 0 ? there : [.. wanted.Distinct().Order().Select(id => there.Contains(id) ? id : throw new DataException(
            root, $"puzzle {id} is asked for, but its folder {Name(id)} is not there; there are {there.Length}, {there[0]} to {there[^1]}", DataFault.Source))];
    }

    private static string Table(string root, string? given, string name, string key)
    {
        var path = given is null ? Path.Combine(root, name) : Path.GetFullPath(given);
        return File.Exists(path) ? path : throw new DataException(
            path, $"there is no such table; put {name} into the data set's folder, or say with {key} where it is: {SmartFacts.TableSource}", DataFault.Source);
    }

    private static string Name(int id) => id.ToString(CultureInfo.InvariantCulture);
}
