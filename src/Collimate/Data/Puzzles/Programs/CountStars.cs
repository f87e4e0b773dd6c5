using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>How many stars have so many points.</summary>
internal sealed class CountStars : PuzzleProgram
{
    private const int Side = 4;
    private const int Most = 8;
    private const double Radius = 11;

    private static readonly int[] Points = [4, 5, 7];

    internal override string Name => "count-stars";

    internal override PuzzleSkill Skill => PuzzleSkill.Counting;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Number;

    internal override PuzzlePart Part => PuzzlePart.Test;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var points = Points.ToArray();
        random.Shuffle(points.AsSpan());
        var count = random.Between(1, Most);
        var total = random.Between(Most + 2, Side * Side);
        var second = random.Between(1, total - count - 1);
        var cells = Enumerable.Range(0, Side * Side).ToArray();
        random.Shuffle(cells.AsSpan());
        var picture = Paper(ref random);
        for (var at = 0; at < total; at++)
        {
            var centre = new Spot((cells[at] % Side * 24) + 12, (cells[at] / Side * 24) + 12);
            var ink = random.Pick<Ink>(Ink.Bright);
            picture.Shape(ink, Star(centre, at < count ? points[0] : at < count + second ? points[1] : points[2], random.NextDouble()));
        }

        var (options, answer) = PuzzleOptions.Numbers(count, 1, Most, ref random);
        return new PuzzleDraft(picture, $"how many stars have {points[0]} points?", options, answer);
    }

    private static Spot[] Star(Spot centre, int points, double turn)
    {
        var inner = points == 7 ? 0.55 : 0.42;
        return [.. Enumerable.Range(0, points * 2).Select(k => centre.Towards(k % 2 == 0 ? Radius : Radius * inner, turn + (k / (points * 2.0))))];
    }
}
