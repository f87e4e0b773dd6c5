using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>How many steps from one object to another, around walls.</summary>
internal sealed class ShortestWay : PuzzleProgram
{
    private const int Side = 5;
    private const double Cell = 18;
    private const double Margin = 3;
    private const int Low = 2;
    private const int High = 8;

    internal override string Name => "shortest-way";

    internal override PuzzleSkill Skill => PuzzleSkill.Path;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Number;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var steps = random.Between(Low, High);
        while (true)
        {
            var cells = Enumerable.Range(0, Side * Side).ToArray();
            random.Shuffle(cells.AsSpan());
            var walls = cells.Take(random.Between(6, 9)).ToHashSet();
            var start = cells[^1];
            var away = Distances(start, walls);
            int[] ends = [.. Enumerable.Range(0, away.Length).Where(cell => away[cell] == steps)];
            if (ends.Length == 0)
            {
                continue;
            }

            var end = random.Pick<int>(ends);
            var items = things.Pick(2, ref random);
            var picture = Paper(ref random);
            var ink = random.Pick<Ink>(Ink.Bright).Shaded(0.75);
            for (var cell = 0; cell < cells.Length; cell++)
            {
                picture.Box(Margin + (cell % Side * Cell), Margin + (cell / Side * Cell), Cell, Cell, walls.Contains(cell) ? ink : Ink.White, Ink.Grey);
            }

            foreach (var (cell, item) in ((int, int)[])[(start, items[0]), (end, items[1])])
            {
                picture.Glyph(item, Margin + (((cell % Side) + 0.5) * Cell), Margin + (((cell / Side) + 0.5) * Cell), 15);
            }

            var (options, answer) = PuzzleOptions.Numbers(steps, Low, High, ref random);
            return new PuzzleDraft(
                picture, $"how many steps does the {things.NameOf(items[0])} need to reach the {things.NameOf(items[1])} around the walls?", options, answer);
        }
    }

    private static int[] Distances(int start, HashSet<int> walls)
    {
        var away = Enumerable.Repeat(-1, Side * Side).ToArray();
        away[start] = 0;
        var queue = new Queue<int>([start]);
        while (queue.TryDequeue(out var cell))
        {
            foreach (var (dx, dy) in ((int, int)[])[(1, 0), (-1, 0), (0, 1), (0, -1)])
            {
                var (x, y) = ((cell % Side) + dx, (cell / Side) + dy);
                var next = (y * Side) + x;
                if (x is >= 0 and < Side && y is >= 0 and < Side && away[next] < 0 && !walls.Contains(next))
                {
                    away[next] = away[cell] + 1;
                    queue.Enqueue(next);
                }
            }
        }

        return away;
    }
}
