using System.Globalization;
using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>What a clock will show in some hours, or showed some hours ago.</summary>
internal sealed class ClockHour : PuzzleProgram
{
    private const int Hours = 12;
    private const double Middle = 48;

    internal override string Name => "clock-hour";

    internal override PuzzleSkill Skill => PuzzleSkill.Measure;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Number;

    internal override PuzzlePart Part => PuzzlePart.Test;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var (asked, shift, later) = (random.Between(1, Hours), random.Between(1, 5), random.Chance(0.5));
        var shown = (asked + (later ? -shift : shift) + Hours - 1) % Hours + 1;
        var picture = Paper(ref random);
        picture.Disc(Middle, Middle, 45, random.Pick<Ink>(Ink.Bright)).Disc(Middle, Middle, 41, Ink.White);
        for (var hour = 1; hour <= Hours; hour++)
        {
            var (centre, turn) = (new Spot(Middle, Middle), hour / (double)Hours);
            picture.Line(1.2, Ink.Grey, centre.Towards(38.5, turn), centre.Towards(40.5, turn));
            var number = centre.Towards(32.5, turn);
            picture.Text(hour.ToString(CultureInfo.InvariantCulture), number.X, number.Y, 7.5);
        }

        var middle = new Spot(Middle, Middle);
        picture.Line(3.6, Ink.Dark, middle, middle.Towards(15, shown / (double)Hours));
        picture.Line(2, Ink.Bright[0], middle, middle.Towards(25, 0)).Disc(Middle, Middle, 3, Ink.Dark);
        var (options, answer) = PuzzleOptions.Numbers(asked, 1, Hours, ref random);
        var hours = shift == 1 ? "1 hour" : $"{shift} hours";
        return new PuzzleDraft(picture, later ? $"which hour will it be in {hours}?" : $"which hour was it {hours} ago?", options, answer);
    }
}
