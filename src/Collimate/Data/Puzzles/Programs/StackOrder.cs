using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>Five cards lie over one another; in which order are they taken away from the top.</summary>
internal sealed class StackOrder : PuzzleProgram
{
    private const int Cards = 5;
    private const int Size = 17; // of a card, and of the table below, in cells of two units
    private const int Table = 48;
    private const int LabelSize = 6;
    private const int LeastEdge = 3;

    internal override string Name => "stack-order";

    internal override PuzzleSkill Skill => PuzzleSkill.Spatial;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Numbers;

    internal override int? End => 0;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var (corners, labels) = (new (int X, int Y)[Cards], new (int X, int Y)?[Cards]);
        do
        {
            for (var card = 0; card < Cards; card++)
            {
                corners[card] = (random.Between(2, Table - Size - 2), random.Between(2, Table - Size - 2));
            }
        }
        while (!CanBeTold(corners, labels));

        var orders = SizeOrder.Orders(ref random);
        var answer = random.Next(orders.Length);
        var inks = Ink.Bright.ToArray();
        random.Shuffle(inks.AsSpan());
        var picture = Paper(ref random);
        for (var card = 0; card < Cards; card++)
        {
            picture.Box(corners[card].X * 2, corners[card].Y * 2, Size * 2, Size * 2, inks[card].Shaded(1.5), inks[card], 1.6);
        }

        for (var card = 0; card < Cards; card++)
        {
            var (x, y) = labels[card]!.Value;
            picture.Text($"{orders[answer][Cards - 1 - card] + 1}", (x * 2) + LabelSize, (y * 2) + LabelSize, 8.5);
        }

        return new PuzzleDraft(
            picture, "the cards are taken away from the top, one by one. in which order?", [.. orders.Select(order => string.Join('-', order.Select(card => card + 1)))], answer);
    }

    // Of each two cards that follow one another an edge of the upper one is seen upon the lower one, and each card has room for its number.
    private static bool CanBeTold((int X, int Y)[] corners, (int X, int Y)?[] labels)
    {
        var top = new int[Table * Table];
        for (var cell = 0; cell < top.Length; cell++)
        {
            top[cell] = Enumerable.Range(0, Cards).LastOrDefault(card => Covers(corners[card], cell % Table, cell / Table), -1);
        }

        var edges = new int[Cards];
        for (var cell = 0; cell < top.Length; cell++)
        {
            var (x, y) = (cell % Table, cell / Table);
            foreach (var (other, dx, dy) in ((int, int, int)[])[(cell + 1, 1, 0), (cell + Table, 0, 1)])
            {
                if (x + dx < Table && y + dy < Table && top[cell] >= 0 && top[other] >= 0 && Math.Abs(top[cell] - top[other]) == 1)
                {
                    var upper = Math.Max(top[cell], top[other]);
                    edges[upper] += (top[cell] == upper ? Covers(corners[upper - 1], x, y) : Covers(corners[upper - 1], x + dx, y + dy)) ? 1 : 0;
                }
            }
        }

        for (var card = 0; card < Cards; card++)
        {
            labels[card] = Room(corners[card], card, top);
        }

        return edges.Skip(1).All(edge => edge >= LeastEdge) && labels.All(label => label is not null);
    }

    private static (int X, int Y)? Room((int X, int Y) corner, int card, int[] top)
    {
        for (var place = 0; place < (Size - LabelSize) * (Size - LabelSize); place++)
        {
            var (x, y) = (corner.X + 1 + (place % (Size - LabelSize - 1)), corner.Y + 1 + (place / (Size - LabelSize - 1)));
            if (x + LabelSize < corner.X + Size && y + LabelSize < corner.Y + Size
                && Enumerable.Range(0, LabelSize * LabelSize).All(cell => top[((y + (cell / LabelSize)) * Table) + x + (cell % LabelSize)] == card))
            {
                return (x, y);
            }
        }

        return null;
    }

    private static bool Covers((int X, int Y) corner, int x, int y) => x >= corner.X && x < corner.X + Size && y >= corner.Y && y < corner.Y + Size;
}
