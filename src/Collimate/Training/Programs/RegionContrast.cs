using Collimate.Data.Scenes;

namespace Collimate.Training.Programs;

/// <summary>A part of a picture that a caption speaks of: a rectangle of the nine places, and the words said of it.</summary>
/// <param name="Image">Which picture of the piece.</param>
/// <param name="Patches">The patches whose middle lies in it.</param>
/// <param name="Words">Numbers of the words that are true of it.</param>
internal sealed record Region(int Image, int[] Patches, int[] Words)
{
    /// <summary>Draws a rectangle of places and reads off the scene's positional caption what it holds.</summary>
    /// <remarks>What a caption such as "northwest dog, north cat" says, and no more: the place among nine, never the patch.</remarks>
    internal static Region Draw(Scene scene, int image, int side, int emptyWord, ref SceneRandom random)
    {
        var (top, bottom) = Span(ref random);
        var (left, right) = Span(ref random);
        var words = scene.Items.Where(i => i.Row >= top && i.Row <= bottom && i.Column >= left && i.Column <= right).Select(i => i.Item).Distinct().ToList();
        if (words.Count == 0)
        {
            words.Add(emptyWord);
        }

        var patches = from row in Enumerable.Range(0, side)
                      from column in Enumerable.Range(0, side)
                      where Inside(row, side, top, bottom) && Inside(column, side, left, right)
                      select (row * side) + column;
        return new Region(image, [.. patches], [.. words]);
    }

    private static (int First, int Last) Span(ref SceneRandom random)
    {
        var (a, b) = (random.Next(ScenePositions.Side), random.Next(ScenePositions.Side));
        return (Math.Min(a, b), Math.Max(a, b));
    }

    private static bool Inside(int patch, int side, int first, int last)
    {
        var place = (int)((patch + 0.5) * ScenePositions.Side / side);
        return place >= first && place <= last;
    }
}
