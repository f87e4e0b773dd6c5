namespace Collimate.Imaging;

/// <summary>The size of a picture in pixels.</summary>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
public readonly record struct ImageSize(int Width, int Height)
{
    internal bool IsUsable => Width is >= 1 and <= 16_384 && Height is >= 1 and <= 16_384;

    /// <summary>Such as <c>224 x 224</c>.</summary>
    public override string ToString() => $"{Width} x {Height}";
}
