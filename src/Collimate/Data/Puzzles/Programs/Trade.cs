using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>One thing is traded for some of another, and that for some of a third.</summary>
internal sealed class Trade : PuzzleProgram
{
    private const int Most = 3;

    private static readonly int[] Products = [1, 2, 3, 4, 6, 8, 9, 12, 18, 27];

    internal override string Name => "trade";

    internal override PuzzleSkill Skill => PuzzleSkill.Algebra;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Number;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var wanted = random.Pick<int>(Products);
        int first, second, paid;
        do
        {
            (first, second, paid) = (random.Between(1, Most), random.Between(1, Most), random.Between(1, Most));
        }
        while (first * second * paid != wanted);

        var items = things.Pick(3, ref random);
        var picture = Paper(ref random);
        Row(picture, 18, (items[0], 1), (items[1], first));
        Row(picture, 48, (items[1], 1), (items[2], second));
        Row(picture, 78, (items[0], paid), (items[2], 0));
        var (options, answer) = PuzzleOptions.OneOf(wanted, Products, ref random);
        return new PuzzleDraft(
            picture, $"how many of the {things.NameOf(items[2])} are given for the bottom row?", options, answer);
    }

    // Of what is to be found out there are none yet, but a question mark.
    private static void Row(PuzzlePicture picture, double y, (int Item, int Count) given, (int Item, int Count) got)
    {
        picture.Box(2, y - 13, 92, 26, Ink.White, got.Count == 0 ? Ink.Bright[3] : Ink.Pale);
        Things(picture, 22, y, given.Item, given.Count);
        picture.Arrow(new Spot(43, y), new Spot(51, y), 1.6, Ink.Dark);
        if (got.Count > 0)
        {
            Things(picture, 74.5, y, got.Item, got.Count);
        }
        else
        {
            picture.Text("?", 67, y, 12, Ink.Bright[0]).Glyph(got.Item, 82, y, 13);
        }
    }

    private static void Things(PuzzlePicture picture, double middle, double y, int item, int count)
    {
        for (var at = 0; at < count; at++)
        {
            picture.Glyph(item, middle + ((at - ((count - 1) / 2.0)) * 12.4), y, 12);
        }
    }
}
