namespace Collimate.Imaging;

/// <summary>Chooses how a picture of any shape is laid out in tiles that a vision tower of fixed size reads one by one. Source: LLaVA-NeXT (Liu et al. 2024), "anyres".</summary>
public static class AnyResolution
{
    /// <summary>The canvas that keeps most of a picture: the most pixels of it after fitting it in (never more than it has), and among equals the least empty room.</summary>
    /// <param name="picture">The picture's size.</param>
    /// <param name="canvases">Sizes to choose from; of equals the first wins.</param>
    /// <exception cref="ArgumentException">There is none to choose from.</exception>
    public static ImageSize BestCanvas(ImageSize picture, IReadOnlyList<ImageSize> canvases)
    {
        ArgumentOutOfRangeException.ThrowIfZero(canvases.Count, nameof(canvases));
        var (best, mostKept, leastWasted) = (canvases[0], -1L, long.MaxValue);
        foreach (var canvas in canvases)
        {
            var scale = Math.Min((double)canvas.Width / picture.Width, (double)canvas.Height / picture.Height);
            var (width, height) = ((long)(picture.Width * scale), (long)(picture.Height * scale));
            var kept = Math.Min(width * height, (long)picture.Width * picture.Height);
            var wasted = ((long)canvas.Width * canvas.Height) - kept;
            if (kept > mostKept || (kept == mostKept && wasted < leastWasted))
            {
                (best, mostKept, leastWasted) = (canvas, kept, wasted);
            }
        }

        return best;
    }

    /// <summary>Where everything lies for a picture of a size.</summary>
    /// <param name="picture">The picture's size.</param>
    /// <param name="canvases">Sizes of canvases, multiples of the tile's side.</param>
    /// <param name="tile">Side of a tile.</param>
    public static TileLayout Layout(ImageSize picture, IReadOnlyList<ImageSize> canvases, int tile)
    {
        var canvas = BestCanvas(picture, canvases);
        var (across, down) = ((double)canvas.Width / picture.Width, (double)canvas.Height / picture.Height);
        var fitted = across < down
            ? new ImageSize(canvas.Width, Math.Min((int)Math.Ceiling(picture.Height * across), canvas.Height))
            : new ImageSize(Math.Min((int)Math.Ceiling(picture.Width * down), canvas.Width), canvas.Height);
        return new TileLayout(picture, canvas, fitted, tile);
    }
}
