using System.Globalization;
using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>A pencil along a ruler, not from its beginning; how long is it.</summary>
internal sealed class RulerLength : PuzzleProgram
{
    private const int Marks = 10;
    private const double Pitch = 8.4;
    private const double Left = 5;
    private const double Top = 50;

    internal override string Name => "ruler-length";

    internal override PuzzleSkill Skill => PuzzleSkill.Measure;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Number;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var length = random.Between(1, Marks - 1);
        var start = random.Between(0, Marks - length);
        var picture = Paper(ref random);
        picture.Box(1.5, Top, 93, 30, Ink.Wood, Ink.Wood.Shaded(0.7), 1.4);
        for (var mark = 0; mark <= Marks; mark++)
        {
            var x = Left + (mark * Pitch);
            picture.Line(1.2, Ink.Dark, new(x, Top), new(x, Top + 9));
            picture.Text(mark.ToString(CultureInfo.InvariantCulture), x, Top + 17, 5.6);
            if (mark < Marks)
            {
                picture.Line(0.8, Ink.Dark, new(x + (Pitch / 2), Top), new(x + (Pitch / 2), Top + 5));
            }
        }

        var (from, to, ink) = (Left + (start * Pitch), Left + ((start + length) * Pitch), random.Pick<Ink>(Ink.Bright));
        var tip = Math.Min(9, (to - from) * 0.6);
        picture.Shape(Ink.Wood.Shaded(1.5), new(to - tip, Top - 21), new(to, Top - 14.5), new(to - tip, Top - 8));
        picture.Shape(Ink.Dark, new(to - (tip / 3), Top - 16.7), new(to, Top - 14.5), new(to - (tip / 3), Top - 12.3));
        picture.Box(from, Top - 21, to - from - tip, 13, ink);
        picture.Line(0.9, Ink.Grey, new(from, Top - 22), new(from, Top)).Line(0.9, Ink.Grey, new(to, Top - 22), new(to, Top));
        var (options, answer) = PuzzleOptions.Numbers(length, 1, Marks - 1, ref random, " cm");
        return new PuzzleDraft(picture, "how long is the pencil?", options, answer);
    }
}
