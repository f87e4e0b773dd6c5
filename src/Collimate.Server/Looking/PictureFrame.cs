using Collimate.Imaging;

namespace Collimate.Server.Looking;

/// <summary>Where the parts of what the eye is shown lie on the picture that it was made from: padding, resizing and cropping undone.</summary>
/// <param name="transform">How pictures are prepared.</param>
/// <param name="width">Of the picture.</param>
/// <param name="height">Of the picture.</param>
internal sealed class PictureFrame(ImageTransform transform, int width, int height)
{
    /// <summary>A part, as shares of the picture's width and height; what lies beyond its edges is cut off.</summary>
    /// <param name="left">As a share of what the eye is shown, and so the others.</param>
    /// <param name="top">The upper edge.</param>
    /// <param name="right">The right edge.</param>
    /// <param name="bottom">The lower edge.</param>
    public (double X, double Y, double Width, double Height) Of(double left, double top, double right, double bottom)
    {
        var side = Math.Max(width, height);
        var (whole, tall) = transform.PadToSquare ? (side, side) : (width, height);
        var (resized, risen) = Resized(whole, tall);
        var shown = transform.OutputSize;
        var (x0, x1) = (Across(left, shown.Width, resized, whole, width), Across(right, shown.Width, resized, whole, width));
        var (y0, y1) = (Across(top, shown.Height, risen, tall, height), Across(bottom, shown.Height, risen, tall, height));
        return (x0, y0, x1 - x0, y1 - y0);
    }

    // A share of what is shown -> pixels of the resized picture -> of the padded one -> a share of the picture.
    private static double Across(double share, int shown, int resized, int padded, int own)
    {
        var pixel = (share * shown) + ((resized - shown) / 2);
        return Math.Clamp(((pixel * padded / resized) - ((padded - own) / 2)) / own, 0, 1);
    }

    private (int Width, int Height) Resized(int whole, int tall) =>
        transform.ExactSize is { } exact ? (exact.Width, exact.Height)
        : transform.ShortestEdge is { } edge ? ImageProcessor.KeepShape(whole, tall, edge)
        : (whole, tall);
}
