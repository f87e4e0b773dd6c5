using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>Five of the same in five sizes, to be put in order.</summary>
internal sealed class SizeOrder : PuzzleProgram
{
    internal override string Name => "size-order";

    internal override PuzzleSkill Skill => PuzzleSkill.Measure;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Letters;

    internal override int? End => PuzzleOptions.Count;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var orders = Orders(ref random);
        var answer = random.Next(orders.Length);
        var item = things.Pick(1, ref random)[0];
        var picture = Paper(ref random);
        for (var rank = 0; rank < PuzzleOptions.Count; rank++)
        {
            var letter = orders[answer][rank];
            var (x, y) = (13 + (letter * 17.5), letter % 2 == 0 ? 24 : 66);
            picture.Glyph(item, x, y, 11 + (rank * 4.7)).Text(PuzzleOptions.Letters[letter], x, y + 21, 8);
        }

        var longest = random.Chance(0.5);
        var options = orders.Select(order => string.Concat((longest ? order.Reverse() : order).Select(letter => PuzzleOptions.Letters[letter])));
        return new PuzzleDraft(
            picture, longest ? "what is the order from the largest to the smallest?" : "what is the order from the smallest to the largest?", [.. options], answer);
    }

    /// <summary>Five different orders, any of which could be asked for.</summary>
    internal static int[][] Orders(ref SceneRandom random)
    {
        var orders = new List<int[]>();
        while (orders.Count < PuzzleOptions.Count)
        {
            int[] order = [0, 1, 2, 3, 4];
            random.Shuffle(order.AsSpan());
            if (!orders.Exists(order.SequenceEqual))
            {
                orders.Add(order);
            }
        }

        return [.. orders];
    }
}
