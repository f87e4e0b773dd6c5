namespace Collimate.Reports.Words;

/// <summary>The words of a picture's patches in characters: a grid where it fits a screen, else the words by how often they come.</summary>
public static class WordsText
{
    private const int MostLetters = 11;
    private const int Frequent = 40;

    /// <summary>The lines of a picture. A plus marks a word that is right, a minus one that is wrong; ground and patches of unknown truth have no mark.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="width">Characters a line.</param>
    public static IReadOnlyList<string> Lines(AlignmentPicture picture, int width)
    {
        var cells = picture.Patches.Select(Cell).ToArray();
        var column = cells.Max(cell => cell.Length) + 1;
        if (picture.LiesOnPicture && column * picture.Columns <= width)
        {
            return [.. cells.Chunk(picture.Columns).Select(row => string.Concat(row.Select(cell => cell.PadRight(column))).TrimEnd())];
        }

        var counted = picture.Patches.CountBy(patch => patch.Word).OrderByDescending(word => word.Value).ToArray();
        var lines = new List<string> { "" };
        foreach (var piece in counted.Take(Frequent).Select(word => $"{word.Key} {word.Value}").Append(counted.Length > Frequent ? $"and {counted.Length - Frequent} words more" : ""))
        {
            if (piece.Length > 0 && lines[^1].Length + 2 + piece.Length > width)
            {
                lines.Add("");
            }

            lines[^1] += (lines[^1].Length == 0 || piece.Length == 0 ? "" : ", ") + piece;
        }

        return lines;
    }

    private static string Cell(PatchWord patch)
    {
        var word = patch.Word.Length <= MostLetters ? patch.Word : patch.Word[..(MostLetters - 1)] + "…";
        return (patch.State switch { "right" => "+", "wrong" => "-", _ => " " }) + word;
    }
}
