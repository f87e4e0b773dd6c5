using Collimate.Data.Puzzles.Drawing;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>Five pictures to choose from, along the bottom, with their letters.</summary>
internal static class AnswerRow
{
    private const double Pitch = 18.8;

    /// <summary>Where the middle of an option is.</summary>
    internal static Spot Place(int option) => new(10.4 + (option * Pitch), 75);

    /// <summary>Writes the letters.</summary>
    internal static void Letters(PuzzlePicture picture)
    {
        for (var option = 0; option < PuzzleOptions.Count; option++)
        {
            picture.Text(PuzzleOptions.Letters[option], Place(option).X, 90.5, 7);
        }
    }

    /// <summary>Draws objects above their letters.</summary>
    internal static void Glyphs(PuzzlePicture picture, int[] items)
    {
        for (var option = 0; option < items.Length; option++)
        {
            picture.Glyph(items[option], Place(option).X, Place(option).Y, 17);
        }

        Letters(picture);
    }
}
