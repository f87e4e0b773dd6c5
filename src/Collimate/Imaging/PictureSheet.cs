namespace Collimate.Imaging;

/// <summary>Where a picture's several preparations lie in one block of memory: one below the other, as on a contact sheet, for towers that look at the same picture prepared in different ways.</summary>
/// <param name="Regions">The preparations from top to bottom.</param>
public sealed record PictureSheet(IReadOnlyList<SheetRegion> Regions)
{
    /// <summary>Height of all together, and width of the widest; what is beside narrower ones is zero.</summary>
    public ImageSize Size => new(Regions.Max(region => region.Size.Width), Regions.Sum(region => region.Size.Height));

    /// <summary>Lays preparations out.</summary>
    /// <param name="sizes">Their sizes.</param>
    public static PictureSheet Of(IReadOnlyList<ImageSize> sizes)
    {
        var (regions, top) = (new SheetRegion[sizes.Count], 0);
        for (var k = 0; k < regions.Length; k++)
        {
            regions[k] = new SheetRegion(top, sizes[k]);
            top = checked(top + sizes[k].Height);
        }

        return new PictureSheet(regions);
    }
}

/// <summary>Where one preparation lies.</summary>
/// <param name="Top">Its first row; its first column is that of the sheet.</param>
/// <param name="Size">Its size.</param>
public readonly record struct SheetRegion(int Top, ImageSize Size);
