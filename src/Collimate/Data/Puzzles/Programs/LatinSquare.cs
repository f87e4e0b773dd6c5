using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>Four objects, each once in every row and column; which belongs where the question mark is.</summary>
internal sealed class LatinSquare : PuzzleProgram
{
    private const int Side = 4;
    private const double Cell = 15.5;
    private const int MostHidden = 4;

    internal override string Name => "latin-square";

    internal override PuzzleSkill Skill => PuzzleSkill.Logic;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Letter;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var items = things.Pick(Side + 1, ref random);
        int[] rows = [0, 1, 2, 3];
        int[] columns = [0, 1, 2, 3];
        random.Shuffle(rows.AsSpan());
        random.Shuffle(columns.AsSpan());
        int At(int cell) => (rows[cell / Side] + columns[cell % Side]) % Side;

        var asked = random.Next(Side * Side);
        var hidden = Hidden(asked, At, ref random);
        var picture = Paper(ref random);
        var (left, top) = ((PuzzlePicture.Side - (Side * Cell)) / 2, 2.0);
        for (var cell = 0; cell < Side * Side; cell++)
        {
            var (x, y) = (left + (cell % Side * Cell), top + (cell / Side * Cell));
            picture.Box(x, y, Cell, Cell, cell == asked ? Ink.Bright[3].Shaded(1.6) : Ink.White, Ink.Grey);
            if (cell == asked)
            {
                picture.Text("?", x + (Cell / 2), y + (Cell / 2), 9);
            }
            else if (!hidden.Contains(cell))
            {
                picture.Glyph(items[At(cell)], x + (Cell / 2), y + (Cell / 2), 13);
            }
        }

        var (options, answer) = PuzzleOptions.Among(items[At(asked)], items.Where(item => item != items[At(asked)]), ref random);
        AnswerRow.Glyphs(picture, options);
        return new PuzzleDraft(picture, "each row and each column has all four. which letter belongs at the question mark?", PuzzleOptions.Letters, answer);
    }

    // A few cells are left empty, but the row and the column of the asked one together still show the three others, and the square shows all four.
    private static HashSet<int> Hidden(int asked, Func<int, int> at, ref SceneRandom random)
    {
        var cells = Enumerable.Range(0, Side * Side).Where(cell => cell != asked).ToArray();
        random.Shuffle(cells.AsSpan());
        var hidden = new HashSet<int>();
        foreach (var cell in cells.TakeWhile(_ => hidden.Count < MostHidden))
        {
            hidden.Add(cell);
            int[] shown = [.. Enumerable.Range(0, Side * Side).Where(other => other != asked && !hidden.Contains(other))];
            var beside = shown.Where(other => other / Side == asked / Side || other % Side == asked % Side);
            if (beside.Select(at).Distinct().Count() < Side - 1 || shown.Select(at).Distinct().Count() < Side)
            {
                hidden.Remove(cell);
            }
        }

        return hidden;
    }
}
