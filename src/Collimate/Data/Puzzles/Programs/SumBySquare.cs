using System.Globalization;
using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>The sum of the digits inside, or outside, a square.</summary>
internal sealed class SumBySquare : PuzzleProgram
{
    private const int Low = 4;
    private const int High = 20;

    internal override string Name => "sum-by-square";

    internal override PuzzleSkill Skill => PuzzleSkill.Math;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Number;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var (sum, asksInside) = (random.Between(Low, High), random.Chance(0.5));
        var (asked, other) = (Digits(sum, ref random), Digits(random.Between(Low, High), ref random));
        var (inside, outside) = asksInside ? (asked, other) : (other, asked);
        var picture = Paper(ref random);
        picture.Box(27, 27, 42, 42, Ink.White, random.Pick<Ink>(Ink.Bright), 2);
        Spot[] within = [new(38, 38), new(58, 38), new(38, 58), new(58, 58)];
        Spot[] around = [new(12, 12), new(48, 13), new(84, 12), new(12, 48), new(84, 48), new(12, 84), new(48, 83), new(84, 84)];
        random.Shuffle(within.AsSpan());
        random.Shuffle(around.AsSpan());
        Write(picture, inside, within);
        Write(picture, outside, around);
        var (options, answer) = PuzzleOptions.Numbers(sum, Low, High, ref random);
        return new PuzzleDraft(picture, $"what is the sum of the numbers {(asksInside ? "inside" : "outside")} the square?", options, answer);
    }

    // Two or three digits of a sum; which of them is drawn first and never rejected, so that their number tells little.
    private static int[] Digits(int sum, ref SceneRandom random)
    {
        var digits = new int[sum > 18 ? 3 : sum < 6 ? 2 : random.Between(2, 3)];
        do
        {
            for (var at = 0; at < digits.Length; at++)
            {
                digits[at] = random.Between(1, 9);
            }
        }
        while (digits.Sum() != sum);
        return digits;
    }

    private static void Write(PuzzlePicture picture, int[] digits, Spot[] places)
    {
        for (var at = 0; at < digits.Length; at++)
        {
            picture.Text(digits[at].ToString(CultureInfo.InvariantCulture), places[at].X, places[at].Y, 13);
        }
    }
}
