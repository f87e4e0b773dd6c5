using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>Four balances weigh five boxes against one another; which is the heaviest, or the lightest.</summary>
internal sealed class Heaviest : PuzzleProgram
{
    private const double Tilt = 6;

    private static readonly Spot[] Places = [new(24, 27), new(72, 27), new(24, 73), new(72, 73)];

    internal override string Name => "balances";

    internal override PuzzleSkill Skill => PuzzleSkill.Logic;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Letter;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        int[] order = [0, 1, 2, 3, 4]; // from the heaviest
        random.Shuffle(order.AsSpan());
        var places = Places.ToArray();
        random.Shuffle(places.AsSpan());
        var inks = Ink.Bright.ToArray();
        random.Shuffle(inks.AsSpan());
        var picture = Paper(ref random);
        for (var at = 0; at < order.Length - 1; at++)
        {
            var heavierIsLeft = random.Chance(0.5);
            var (left, right) = heavierIsLeft ? (order[at], order[at + 1]) : (order[at + 1], order[at]);
            var (lean, place) = (heavierIsLeft ? Tilt : -Tilt, places[at]);
            picture.Shape(Ink.Grey, place, new Spot(place.X + 7, place.Y + 15), new Spot(place.X - 7, place.Y + 15));
            picture.Line(2, Ink.Dark, new Spot(place.X - 20, place.Y + lean), new Spot(place.X + 20, place.Y - lean));
            Box(picture, left, inks, place.X - 15, place.Y + (lean * 0.75) - 8);
            Box(picture, right, inks, place.X + 15, place.Y - (lean * 0.75) - 8);
        }

        var heaviest = random.Chance(0.5);
        return new PuzzleDraft(
            picture, $"which letter is the {(heaviest ? "heaviest" : "lightest")}?", PuzzleOptions.Letters, heaviest ? order[0] : order[^1]);
    }

    private static void Box(PuzzlePicture picture, int box, Ink[] inks, double x, double y) =>
        picture.Box(x - 6.5, y - 6.5, 13, 13, inks[box].Shaded(1.45), inks[box], 1.2).Text(PuzzleOptions.Letters[box], x, y, 8);
}
