using System.Text.RegularExpressions;
using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Puzzles.Programs;
using Collimate.Tests.Data.Scenes;

namespace Collimate.Tests.Data.Puzzles;

/// <summary>Solves puzzles from what is drawn and asked alone; written apart from the programs that draw them.</summary>
internal static class PuzzleSolver
{
    /// <summary>The option that is right.</summary>
    internal static int Solve(string program, PuzzleDraft draft)
    {
        var seen = new Seen(draft);
        return program switch
        {
            "count-kind" => seen.Number(seen.Glyphs.Count(glyph => seen.Name(glyph) == seen.Asked("does the (.*) appear"))),
            "count-stars" => seen.Number(seen.Shapes.Count(shape => shape.Corners.Count == 2 * int.Parse(seen.Asked("have (.*) points")))),
            "sum-by-square" => SumBySquare(seen),
            "covered-number" => CoveredNumber(seen),
            "latin-square" => LatinSquare(seen),
            "code-board" => CodeBoard(seen),
            "balances" => Balances(seen),
            "maze-exit" => MazeExit(seen),
            "shortest-way" => ShortestWay(seen),
            "tangled-lines" => TangledLines(seen),
            "stands-for" => StandsFor(seen),
            "trade" => Trade(seen),
            "clock-hour" => ClockHour(seen),
            "ruler-length" => RulerLength(seen),
            "size-order" => SizeOrder(seen),
            "flip-card" => FlipCard(seen),
            "cube-pile" => seen.Number(seen.Shapes.Length / 3),
            "stack-order" => StackOrder(seen),
            "next-in-row" => NextInRow(seen),
            "number-row" => NumberRow(seen),
            _ => throw new ArgumentOutOfRangeException(nameof(program), program, "no solver"),
        };
    }

    private static int SumBySquare(Seen seen)
    {
        var square = seen.Shapes[0].Corners;
        bool IsInside(TextMark text) => text.Centre.X > square[0].X && text.Centre.X < square[2].X && text.Centre.Y > square[0].Y && text.Centre.Y < square[2].Y;
        var inside = seen.Question.Contains("inside");
        return seen.Number(seen.Texts.Where(text => IsInside(text) == inside).Sum(text => int.Parse(text.Text)));
    }

    private static int CoveredNumber(Seen seen)
    {
        var tokens = seen.Texts.Select(text => (text.Centre.X, text.Text)).Append((seen.Glyphs[0].Centre.X, "?")).OrderBy(token => token.Item1).Select(token => token.Item2).ToArray();
        return seen.Number(Enumerable.Range(0, 50).Single(guess =>
        {
            var numbers = new[] { tokens[0], tokens[2], tokens[4] }.Select(token => token == "?" ? guess : int.Parse(token)).ToArray();
            return (tokens[1] == "+" ? numbers[0] + numbers[1] : numbers[0] - numbers[1]) == numbers[2];
        }));
    }

    private static int LatinSquare(Seen seen)
    {
        var mark = seen.Texts.Single(text => text.Text == "?");
        var grid = seen.Glyphs.Where(glyph => glyph.Centre.Y < 66).ToArray();
        var known = grid.Where(glyph => Near(glyph.Centre.X, mark.Centre.X) || Near(glyph.Centre.Y, mark.Centre.Y)).Select(glyph => glyph.Item).ToHashSet();
        Assert.Equal(3, known.Count);
        return seen.Choice(grid.Select(glyph => glyph.Item).Distinct().Single(item => !known.Contains(item)));
    }

    private static int CodeBoard(Seen seen)
    {
        var headings = seen.Texts.Where(text => text.Height < 12).ToArray();
        var letters = seen.Texts.Where(text => text.Height > 12).ToArray();
        var word = string.Concat(seen.Asked("code (.*)").Split(' ').Select(code => letters.Single(letter =>
            Near(letter.Centre.X, headings.Single(heading => heading.Text == code[..1]).Centre.X) && Near(letter.Centre.Y, headings.Single(heading => heading.Text == code[1..]).Centre.Y)).Text));
        return seen.Text(word);
    }

    private static int Balances(Seen seen)
    {
        var beats = seen.Lines.Where(line => line.Width == 2).Select(beam =>
        {
            var (low, high) = beam.Spots[0].Y > beam.Spots[1].Y ? (beam.Spots[0], beam.Spots[1]) : (beam.Spots[1], beam.Spots[0]);
            return (Heavier: seen.Nearest(low).Text, Lighter: seen.Nearest(high).Text);
        }).ToArray();
        Assert.Equal(4, beats.Length);
        var heaviest = seen.Question.Contains("heaviest");
        return seen.Text("ABCDE".Select(letter => letter.ToString()).Single(letter => beats.All(beat => (heaviest ? beat.Lighter : beat.Heavier) != letter)));
    }

    // Water from the animal, in drops of a unit.
    private static int MazeExit(Seen seen)
    {
        const int Fine = 1;
        var right = seen.Lines.SelectMany(line => line.Spots).Max(spot => spot.X);
        bool IsWall(int x, int y) => seen.Lines.Any(line => line.Spots.Zip(line.Spots.Skip(1)).Any(piece =>
            (x / (double)Fine) >= Math.Min(piece.First.X, piece.Second.X) - 0.6 && (x / (double)Fine) <= Math.Max(piece.First.X, piece.Second.X) + 0.6
            && (y / (double)Fine) >= Math.Min(piece.First.Y, piece.Second.Y) - 0.6 && (y / (double)Fine) <= Math.Max(piece.First.Y, piece.Second.Y) + 0.6));
        var start = ((int)(seen.Glyphs[0].Centre.X * Fine), (int)(seen.Glyphs[0].Centre.Y * Fine));
        var (wet, queue, reached) = (new HashSet<(int, int)> { start }, new Queue<(int X, int Y)>([start]), new HashSet<string>());
        while (queue.TryDequeue(out var drop))
        {
            if (drop.X / (double)Fine >= right - 1)
            {
                reached.Add(seen.Nearest(new Spot(right + 6, drop.Y / (double)Fine)).Text);
                continue;
            }

            foreach (var next in ((int X, int Y)[])[(drop.X + 1, drop.Y), (drop.X - 1, drop.Y), (drop.X, drop.Y + 1), (drop.X, drop.Y - 1)])
            {
                if (next is { X: >= 0, Y: >= 0 and < 96 } && !IsWall(next.X, next.Y) && wet.Add(next))
                {
                    queue.Enqueue(next);
                }
            }
        }

        return seen.Text(Assert.Single(reached));
    }

    private static int ShortestWay(Seen seen)
    {
        var free = seen.Shapes.Where(shape => shape.Ink == Ink.White).Select(shape => Middle(shape.Corners)).ToArray();
        var ends = ((string[])["the (.*) need", "reach the (.*) around"]).Select(pattern => seen.Glyphs.Single(glyph => seen.Name(glyph) == seen.Asked(pattern)).Centre).ToArray();
        var (wave, seenSpots, steps) = (new List<Spot> { ends[0] }, new List<Spot> { ends[0] }, 0);
        while (!wave.Exists(spot => Apart(spot, ends[1]) < 1))
        {
            wave = [.. free.Where(spot => wave.Exists(from => Math.Abs(Apart(from, spot) - 18) < 1) && !seenSpots.Exists(old => Apart(old, spot) < 1))];
            seenSpots.AddRange(wave);
            steps++;
        }

        return seen.Number(steps);
    }

    private static int TangledLines(Seen seen)
    {
        var end = seen.Glyphs.Single(glyph => seen.Name(glyph) == seen.Asked("line of the (.*)")).Centre;
        var line = seen.Lines.Where(line => line.Width < 2).Single(line => Near(line.Spots[^1].X, end.X));
        return seen.Text(seen.Nearest(line.Spots[0]).Text);
    }

    private static int StandsFor(Seen seen)
    {
        int Sum(double y) => int.Parse(seen.Texts.Single(text => Near(text.Centre.Y, y) && char.IsAsciiDigit(text.Text[0])).Text);
        Assert.Equal(seen.Asked("does the (.*) stand"), seen.Name(seen.Glyphs.Single(glyph => Near(glyph.Centre.Y, 80))));
        return seen.Number(Sum(50) - (Sum(20) / 2));
    }

    private static int Trade(Seen seen)
    {
        int Count(double y, bool left) => seen.Glyphs.Count(glyph => Near(glyph.Centre.Y, y) && glyph.Centre.X < 48 == left);
        return seen.Number(Count(18, false) * Count(48, false) * Count(78, true));
    }

    private static int ClockHour(Seen seen)
    {
        var hand = seen.Lines.Single(line => line.Width > 3).Spots;
        var turn = Math.Atan2(hand[1].X - hand[0].X, hand[0].Y - hand[1].Y) / Math.Tau * 12;
        var hours = int.Parse(seen.Asked("(\\d+) hour"));
        var hour = ((int)Math.Round(turn) + (seen.Question.Contains("ago") ? -hours : hours) + 24) % 12;
        return seen.Number(hour == 0 ? 12 : hour);
    }

    private static int RulerLength(Seen seen)
    {
        var ends = seen.Lines.Where(line => line.Width == 0.9).Select(line => int.Parse(seen.Texts.OrderBy(text => Math.Abs(text.Centre.X - line.Spots[0].X)).First().Text)).ToArray();
        return seen.Text($"{ends[1] - ends[0]} cm");
    }

    private static int SizeOrder(Seen seen)
    {
        var order = seen.Glyphs.OrderBy(glyph => glyph.Size).Select(glyph => seen.Nearest(new Spot(glyph.Centre.X, glyph.Centre.Y + 21)).Text);
        return seen.Text(string.Concat(seen.Question.Contains("from the largest") ? order.Reverse() : order));
    }

    private static int FlipCard(Seen seen)
    {
        Ink[] Card(int number) => [.. seen.Shapes.Skip(number * 9).Take(9).OrderBy(shape => Math.Round(shape.Corners[0].Y)).ThenBy(shape => shape.Corners[0].X).Select(shape => shape.Ink)];
        var card = Card(0);
        int[] order = seen.Question switch
        {
            var q when q.Contains("left to right") => [2, 1, 0, 5, 4, 3, 8, 7, 6],
            var q when q.Contains("top to bottom") => [6, 7, 8, 3, 4, 5, 0, 1, 2],
            var q when q.Contains("half a turn") => [8, 7, 6, 5, 4, 3, 2, 1, 0],
            _ => [6, 3, 0, 7, 4, 1, 8, 5, 2],
        };
        var wanted = order.Select(cell => card[cell]).ToArray();
        return Enumerable.Range(0, 5).Single(option => Card(option + 1).SequenceEqual(wanted));
    }

    private static int StackOrder(Seen seen)
    {
        var cards = seen.Shapes.Select(shape => seen.Texts.Single(text => seen.Shapes.Last(other => Holds(other, text.Centre)) == shape).Text);
        return seen.Text(string.Join('-', cards.Reverse()));
    }

    private static int NextInRow(Seen seen)
    {
        var row = seen.Glyphs.Where(glyph => glyph.Centre.Y < 60).Select(glyph => (glyph.Centre, glyph.Item))
            .Append((seen.Texts.Single(text => text.Text == "?").Centre, -1)).OrderBy(cell => Math.Round(cell.Item1.Y)).ThenBy(cell => cell.Item1.X).Select(cell => cell.Item2).ToArray();
        Assert.Equal(8, row.Length);
        var fits = Enumerable.Range(1, 4).Where(period => Enumerable.Range(0, period).All(start => row.Where((item, at) => at % period == start && item >= 0).Distinct().Count() <= 1)).ToArray();
        var gap = Array.IndexOf(row, -1);
        return seen.Choice(fits.Select(period => row.Where((item, at) => at % period == gap % period && item >= 0).First()).Distinct().Single());
    }

    private static int NumberRow(Seen seen)
    {
        var row = seen.Texts.OrderBy(text => text.Centre.X).Select(text => text.Text).ToArray();
        bool Fits(int guess, int turns)
        {
            var numbers = row.Select(text => text == "?" ? guess : int.Parse(text)).ToArray();
            var steps = numbers.Zip(numbers.Skip(1), (before, after) => after - before).ToArray();
            return Enumerable.Range(turns, steps.Length - turns).All(at => steps[at] == steps[at - turns]);
        }

        var plain = Enumerable.Range(0, 60).Where(guess => Fits(guess, 1)).ToArray();
        return seen.Number(plain.Length > 0 ? plain.Single() : Enumerable.Range(0, 60).Single(guess => Fits(guess, 2)));
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) < 2;

    private static double Apart(Spot a, Spot b) => Math.Sqrt(((a.X - b.X) * (a.X - b.X)) + ((a.Y - b.Y) * (a.Y - b.Y)));

    private static Spot Middle(IReadOnlyList<Spot> corners) => new(corners.Average(spot => spot.X), corners.Average(spot => spot.Y));

    private static bool Holds(ShapeMark box, Spot spot) => spot.X > box.Corners[0].X && spot.X < box.Corners[2].X && spot.Y > box.Corners[0].Y && spot.Y < box.Corners[2].Y;

    private sealed class Seen(PuzzleDraft draft)
    {
        internal string Question => draft.Question;

        internal GlyphMark[] Glyphs { get; } = [.. draft.Picture.Marks.OfType<GlyphMark>()];

        internal TextMark[] Texts { get; } = [.. draft.Picture.Marks.OfType<TextMark>()];

        internal ShapeMark[] Shapes { get; } = [.. draft.Picture.Marks.OfType<ShapeMark>()];

        internal LineMark[] Lines { get; } = [.. draft.Picture.Marks.OfType<LineMark>()];

        internal string Name(GlyphMark glyph) => GymWorld.World.Items[glyph.Item].Name;

        internal string Asked(string pattern) => Regex.Match(Question, pattern) is { Success: true } match ? match.Groups[1].Value.TrimEnd('?') : throw new InvalidOperationException(Question);

        internal TextMark Nearest(Spot spot) => Texts.MinBy(text => Apart(text.Centre, spot))!;

        internal int Number(int value) => Text(value.ToString());

        internal int Text(string value) => Enumerable.Range(0, draft.Options.Count).Single(option => draft.Options[option] == value);

        /// <summary>The letter under an object among those to choose from.</summary>
        internal int Choice(int item) => Text(Texts.Where(text => text.Centre.Y > 80).MinBy(text => Math.Abs(text.Centre.X - Glyphs.Single(glyph => glyph.Item == item && glyph.Centre.Y > 66).Centre.X))!.Text);
    }
}
