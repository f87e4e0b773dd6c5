namespace Collimate.Imaging;

/// <summary>How a picture lies on a canvas that is cut into tiles: fitted in with its shape kept, centred, black around it. Before the tiles stands the whole picture at the size of one.</summary>
/// <param name="Picture">The picture's own size.</param>
/// <param name="Canvas">The canvas.</param>
/// <param name="Fitted">The picture's size on it.</param>
/// <param name="Tile">Side of a tile.</param>
public sealed record TileLayout(ImageSize Picture, ImageSize Canvas, ImageSize Fitted, int Tile)
{
    /// <summary>Empty columns to the left of the picture; at most one more stands to its right.</summary>
    public int Left => (Canvas.Width - Fitted.Width) / 2;

    /// <summary>Empty rows above the picture; at most one more stands below.</summary>
    public int Top => (Canvas.Height - Fitted.Height) / 2;

    /// <summary>Tiles from top to bottom.</summary>
    public int Rows => Canvas.Height / Tile;

    /// <summary>Tiles from left to right.</summary>
    public int Columns => Canvas.Width / Tile;

    /// <summary>The whole picture and the tiles, in the order they are processed: that first, then row by row.</summary>
    public int Count => 1 + (Rows * Columns);

    /// <summary>The part of the tiles' patches, put together to one grid, that shows the picture and not the black around it: what a projector keeps.</summary>
    /// <param name="patches">Patches along a tile's side.</param>
    /// <returns>First row and column, and how many of each.</returns>
    /// <remarks>Transformers: <c>unpad_image</c>. It goes by the picture's own shape, not by <see cref="Fitted"/>, and leaves the same margin on both sides.</remarks>
    public (int Row, int Column, int Rows, int Columns) Unpadded(int patches)
    {
        var (height, width) = (Rows * patches, Columns * patches);
        if ((double)Picture.Width / Picture.Height > (double)width / height)
        {
            var margin = (height - Scaled(Picture.Height, (double)width / Picture.Width)) / 2;
            return (margin, 0, height - (2 * margin), width);
        }
        else
        {
            var margin = (width - Scaled(Picture.Width, (double)height / Picture.Height)) / 2;
            return (0, margin, height, width - (2 * margin));
        }
    }

    // Rounded to seven places before it is cut off, so that 24 does not become 23 by a rounding of the factor.
    private static int Scaled(int size, double factor) => (int)Math.Round(size * factor, 7);
}
