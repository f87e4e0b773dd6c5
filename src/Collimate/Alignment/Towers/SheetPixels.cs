using Collimate.Imaging;
using Collimate.Torch;

namespace Collimate.Alignment.Towers;

/// <summary>Takes one preparation of the pictures from their sheets.</summary>
internal static class SheetPixels
{
    /// <summary>The part of the pixels that a region holds.</summary>
    /// <param name="pixels">Sheets, <c>[images, 3, height, width]</c></param>
    /// <param name="region">Which part.</param>
    /// <returns><c>[images, 3, height, width]</c> of the region</returns>
    public static Tensor Of(Tensor pixels, SheetRegion region) =>
        pixels.Size(2) == region.Size.Height && pixels.Size(3) == region.Size.Width ? pixels
        : pixels.Size(2) >= region.Top + region.Size.Height && pixels.Size(3) >= region.Size.Width
            ? pixels.Narrow(2, region.Top, region.Size.Height).Narrow(3, 0, region.Size.Width).Contiguous()
            : throw new ArgumentException($"pixels have shape [{string.Join(", ", pixels.Shape)}], but a part of {region.Size} from row {region.Top} on is wanted of them", nameof(pixels));
}
