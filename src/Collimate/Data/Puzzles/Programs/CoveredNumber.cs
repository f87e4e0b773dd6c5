using System.Globalization;
using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>An object lies on one number of a sum.</summary>
internal sealed class CoveredNumber : PuzzleProgram
{
    private const int Most = 9;

    internal override string Name => "covered-number";

    internal override PuzzleSkill Skill => PuzzleSkill.Math;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Number;

    internal override PuzzlePart Part => PuzzlePart.Validation;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var hidden = random.Between(1, Most);
        int place;
        bool adds;
        int[] numbers; // first (+ or -) second = third
        do
        {
            (place, adds) = (random.Next(3), random.Chance(0.5));
            var (first, second) = (random.Between(1, adds ? Most : 2 * Most), random.Between(1, Most));
            numbers = [first, second, adds ? first + second : first - second];
        }
        while (numbers[place] != hidden || numbers[2] < 1);

        var item = things.Pick(1, ref random)[0];
        var picture = Paper(ref random);
        picture.Box(3, 30, 90, 36, Ink.White, Ink.Grey, 1.5);
        string[] tokens = [Shown(numbers[0]), adds ? "+" : "-", Shown(numbers[1]), "=", Shown(numbers[2])];
        double[] places = [14, 30, 46, 62, 79];
        for (var at = 0; at < tokens.Length; at++)
        {
            if (at == place * 2)
            {
                picture.Glyph(item, places[at], 48, 18);
            }
            else
            {
                picture.Text(tokens[at], places[at], 48, at % 2 == 0 ? 12 : 9);
            }
        }

        var (options, answer) = PuzzleOptions.Numbers(hidden, 1, Most, ref random);
        return new PuzzleDraft(picture, $"which number is under the {things.NameOf(item)}?", options, answer);
    }

    private static string Shown(int number) => number.ToString(CultureInfo.InvariantCulture);
}
