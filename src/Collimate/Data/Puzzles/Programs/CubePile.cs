using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>Cubes piled into a corner; how many are there, also behind others.</summary>
internal sealed class CubePile : PuzzleProgram
{
    private const int Side = 3;
    private const int Low = 3;
    private const int High = 14;
    private const double Edge = 13.5;

    internal override string Name => "cube-pile";

    internal override PuzzleSkill Skill => PuzzleSkill.Spatial;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Number;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var count = random.Between(Low, High);
        var heights = new int[Side, Side]; // never lower behind than before, so that the top of every tower is seen
        for (var laid = 0; laid < count;)
        {
            var (x, y) = (random.Next(Side), random.Next(Side));
            var height = heights[x, y];
            if (height < Side && (x == 0 || heights[x - 1, y] > height) && (y == 0 || heights[x, y - 1] > height))
            {
                heights[x, y]++;
                laid++;
            }
        }

        var (picture, ink) = (Paper(ref random), random.Pick<Ink>(Ink.Bright));
        for (var diagonal = 0; diagonal <= (Side - 1) * 2; diagonal++)
        {
            for (var x = Math.Max(0, diagonal - Side + 1); x <= Math.Min(diagonal, Side - 1); x++)
            {
                for (var z = 0; z < heights[x, diagonal - x]; z++)
                {
                    Cube(picture, x, diagonal - x, z, ink);
                }
            }
        }

        var (options, answer) = PuzzleOptions.Numbers(count, Low, High, ref random);
        return new PuzzleDraft(picture, "how many cubes are in the pile? no tower has a gap.", options, answer);
    }

    private static void Cube(PuzzlePicture picture, int x, int y, int z, Ink ink)
    {
        Face(picture, ink.Shaded(1.35), At(x, y, z + 1), At(x + 1, y, z + 1), At(x + 1, y + 1, z + 1), At(x, y + 1, z + 1));
        Face(picture, ink, At(x, y + 1, z), At(x + 1, y + 1, z), At(x + 1, y + 1, z + 1), At(x, y + 1, z + 1));
        Face(picture, ink.Shaded(0.75), At(x + 1, y, z), At(x + 1, y + 1, z), At(x + 1, y + 1, z + 1), At(x + 1, y, z + 1));
    }

    private static void Face(PuzzlePicture picture, Ink ink, params Spot[] corners) => picture.Shape(ink, corners).Line(1, Ink.Dark, [.. corners, corners[0]]);

    private static Spot At(int x, int y, int z) => new(48 + ((x - y) * Edge), 49 + ((x + y) * Edge / 2) - (z * Edge));
}
