using System.Globalization;
using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>Numbers rise or fall by one step, or by two in turns; which is missing.</summary>
internal sealed class NumberRow : PuzzleProgram
{
    private const int Length = 5;
    private const int Low = 1;
    private const int High = 20;
    private const int Largest = 40;

    internal override string Name => "number-row";

    internal override PuzzleSkill Skill => PuzzleSkill.Pattern;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Number;

    internal override PuzzlePart Part => PuzzlePart.Test;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var (missing, numbers) = (random.Between(Low, High), new int[Length]);
        int gap;
        do
        {
            gap = random.Next(Length);
            var odd = Step(ref random);
            var even = random.Chance(0.4) ? Step(ref random) : odd;
            // With steps in turns, the ends show each step once and the middle would be guessed.
            gap = odd == even ? gap : random.Chance(0.5) ? 0 : Length - 1;
            numbers[gap] = missing;
            for (var at = gap + 1; at < Length; at++)
            {
                numbers[at] = numbers[at - 1] + (at % 2 == 1 ? odd : even);
            }

            for (var at = gap - 1; at >= 0; at--)
            {
                numbers[at] = numbers[at + 1] - (at % 2 == 0 ? odd : even);
            }
        }
        while (numbers.Min() < 0 || numbers.Max() > Largest);

        var picture = Paper(ref random);
        var ink = random.Pick<Ink>(Ink.Bright);
        picture.Line(1.5, Ink.Dark, new(1, 62), new(95, 62));
        for (var at = 0; at < Length; at++)
        {
            var x = 1.7 + (at * 18.8);
            picture.Box(x, 37, 17, 19, at == gap ? Ink.White : ink.Shaded(1.55), ink, 1.2).Disc(x + 4, 58, 3.2, Ink.Dark).Disc(x + 13, 58, 3.2, Ink.Dark);
            picture.Text(at == gap ? "?" : numbers[at].ToString(CultureInfo.InvariantCulture), x + 8.5, 46.5, 8);
        }

        var (options, answer) = PuzzleOptions.Numbers(missing, Low, High, ref random);
        return new PuzzleDraft(picture, "which number belongs at the question mark?", options, answer);
    }

    private static int Step(ref SceneRandom random) => random.Between(1, 4) * (random.Chance(0.5) ? 1 : -1);
}
