namespace Collimate.Imaging;

/// <summary>A rectangle of a picture's pixels.</summary>
/// <param name="X">The left column.</param>
/// <param name="Y">The top row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
internal readonly record struct PixelWindow(int X, int Y, int Width, int Height)
{
    /// <summary>A whole picture.</summary>
    public static PixelWindow Whole(int width, int height) => new(0, 0, width, height);
}
