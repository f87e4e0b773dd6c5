using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>A maze with five exits, one of which can be reached.</summary>
internal sealed class MazeExit : PuzzleProgram
{
    private const int Columns = 6;
    private const int Rows = 5;
    private const double Cell = 13.4;
    private const double Left = 3;
    private const double Top = 14;

    internal override string Name => "maze-exit";

    internal override PuzzleSkill Skill => PuzzleSkill.Path;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Letter;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var exit = random.Next(Rows);
        while (true)
        {
            var (owner, open) = Grow(ref random);
            int[] starts = [.. Enumerable.Range(0, Rows).Select(row => row * Columns).Where(cell => owner[cell] == exit)];
            if (starts.Length == 0)
            {
                continue;
            }

            var start = random.Pick<int>(starts);
            var item = things.Pick(1, ref random)[0];
            var picture = Paper(ref random);
            Paint(picture, open);
            picture.Glyph(item, Left + (Cell / 2), Top + (((start / Columns) + 0.5) * Cell), 11.5);
            return new PuzzleDraft(picture, $"the {things.NameOf(item)} looks for a way out of the maze. which letter does it reach?", PuzzleOptions.Letters, exit);
        }
    }

    // Five trees grow from the exits until they fill the maze; ways are open along their branches alone.
    private static (int[] Owner, HashSet<(int, int)> Open) Grow(ref SceneRandom random)
    {
        var owner = Enumerable.Repeat(-1, Columns * Rows).ToArray();
        var edge = new List<(int From, int To)>();
        var open = new HashSet<(int, int)>();
        for (var row = 0; row < Rows; row++)
        {
            Claim((row * Columns) + Columns - 1, row);
        }

        while (edge.Count > 0)
        {
            var pick = random.Next(edge.Count);
            var (from, to) = edge[pick];
            edge[pick] = edge[^1];
            edge.RemoveAt(edge.Count - 1);
            if (owner[to] < 0)
            {
                open.Add((Math.Min(from, to), Math.Max(from, to)));
                Claim(to, owner[from]);
            }
        }

        return (owner, open);

        void Claim(int cell, int tree)
        {
            owner[cell] = tree;
            edge.AddRange(Neighbours(cell).Select(next => (cell, next)));
        }
    }

    private static IEnumerable<int> Neighbours(int cell)
    {
        var (row, column) = (cell / Columns, cell % Columns);
        int?[] next = [column > 0 ? cell - 1 : null, column < Columns - 1 ? cell + 1 : null, row > 0 ? cell - Columns : null, row < Rows - 1 ? cell + Columns : null];
        return next.OfType<int>();
    }

    private static void Paint(PuzzlePicture picture, HashSet<(int, int)> open)
    {
        var (right, bottom) = (Left + (Columns * Cell), Top + (Rows * Cell));
        picture.Box(Left, Top, Columns * Cell, Rows * Cell, Ink.White);
        picture.Line(1.8, Ink.Dark, new(right, Top), new(Left, Top), new(Left, bottom), new(right, bottom));
        for (var cell = 0; cell < Columns * Rows; cell++)
        {
            var (x, y) = (Left + (cell % Columns * Cell), Top + (cell / Columns * Cell));
            if (cell % Columns < Columns - 1 && !open.Contains((cell, cell + 1)))
            {
                picture.Line(1.8, Ink.Dark, new(x + Cell, y), new(x + Cell, y + Cell));
            }

            if (cell / Columns < Rows - 1 && !open.Contains((cell, cell + Columns)))
            {
                picture.Line(1.8, Ink.Dark, new(x, y + Cell), new(x + Cell, y + Cell));
            }
        }

        for (var row = 0; row < Rows; row++)
        {
            picture.Text(PuzzleOptions.Letters[row], right + 6.5, Top + ((row + 0.5) * Cell), 8, Ink.Bright[0]);
        }
    }
}
