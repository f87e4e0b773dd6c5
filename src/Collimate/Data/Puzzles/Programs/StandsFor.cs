using System.Globalization;
using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>Two sums of two objects give what each stands for.</summary>
internal sealed class StandsFor : PuzzleProgram
{
    private const int Most = 9;

    internal override string Name => "stands-for";

    internal override PuzzleSkill Skill => PuzzleSkill.Algebra;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Number;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var items = things.Pick(2, ref random);
        var (known, unknown) = (random.Between(1, Most), random.Between(1, Most));
        var picture = Paper(ref random);
        var mixed = random.Chance(0.5) ? (items[0], items[1]) : (items[1], items[0]);
        Row(picture, 20, items[0], items[0], known + known);
        Row(picture, 50, mixed.Item1, mixed.Item2, known + unknown);
        picture.Glyph(items[1], 36, 80, 20).Text("=", 56, 80, 10).Text("?", 76, 80, 13, Ink.Bright[0]);
        var (options, answer) = PuzzleOptions.Numbers(unknown, 1, Most, ref random);
        return new PuzzleDraft(picture, $"which number does the {things.NameOf(items[1])} stand for?", options, answer);
    }

    private static void Row(PuzzlePicture picture, double y, int first, int second, int sum) => picture
        .Box(3, y - 13, 90, 26, Ink.White, Ink.Pale)
        .Glyph(first, 14, y, 19).Text("+", 30, y, 8).Glyph(second, 45.5, y, 19).Text("=", 61, y, 8).Text(sum.ToString(CultureInfo.InvariantCulture), 79, y, 12);
}
