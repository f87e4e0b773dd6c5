using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Puzzles.Programs;
using Collimate.Data.Scenes;
using Collimate.Imaging;

namespace Collimate.Data.Puzzles;

/// <summary>Makes puzzles of the gym's objects. Safe to use from several threads.</summary>
/// <param name="world">The gym.</param>
public sealed class PuzzleGenerator(SceneWorld world)
{
    private readonly PuzzleThings things = new(world);
    private readonly PuzzleRenderer renderer = new(new PuzzleGlyphs(world));

    /// <summary>How many programs there are; their puzzles' numbers are 1 to this.</summary>
    public static int Programs => PuzzlePrograms.All.Count;

    /// <summary>A program's name, skill and answer, for tables.</summary>
    /// <param name="puzzle">Its puzzle's number, from 1.</param>
    public static (string Name, PuzzleSkill Skill, string Answer) Describe(int puzzle)
    {
        var program = PuzzlePrograms.All[puzzle - 1];
        return (program.Name, program.Skill, program.Answer.ToString().ToLowerInvariant());
    }

    /// <summary>Paints the picture of a puzzle.</summary>
    /// <param name="puzzle">The puzzle's number, from 1.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="row">Which instance, from 0.</param>
    /// <param name="side">Width and height in pixels.</param>
    public Image Paint(int puzzle, ulong seed, int row, int side = 96) => Paint(Draft(puzzle, seed, row), side);

    /// <summary>Draws an instance: the same for the same arguments, in whatever order and on whatever thread.</summary>
    internal PuzzleDraft Draft(int puzzle, ulong seed, int row)
    {
        var program = PuzzlePrograms.All[puzzle - 1];
        var random = new SceneRandom(seed, $"puzzle/{program.Name}", row);
        return program.Draw(things, ref random);
    }

    /// <summary>Paints an instance.</summary>
    internal Image Paint(PuzzleDraft draft, int side) => renderer.Render(draft.Picture, side);
}
