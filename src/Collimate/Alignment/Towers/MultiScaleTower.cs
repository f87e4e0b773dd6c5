using System.Text.Json.Nodes;
using Collimate.Imaging;
using Collimate.Models.Vision;
using Collimate.Torch;

namespace Collimate.Alignment.Towers;

/// <summary>One encoder that looks at a picture at several scales: larger ones in tiles of its own size, put together again, averaged down to its own grid and laid side by side on the channels.</summary>
/// <remarks>
/// Source: S² (Shi et al. 2024), section 2.2. There the tower's picture at every scale is stretched from one tensor; here each scale is prepared from the picture itself, as the tower's own preprocessing would at that size.
/// </remarks>
public sealed class MultiScaleTower : Module, IVisionTower
{
    private readonly EncoderTower tower;
    private readonly (int Scale, SheetRegion Region)[] scales;

    /// <param name="tower">The encoder; owned from now on.</param>
    /// <param name="scales">How many tiles a side each scale has, in the order of their channels, and where its pictures lie.</param>
    /// <exception cref="ArgumentException">The encoder hands on other tokens than patches, or a scale's pictures are not that many tiles.</exception>
    public MultiScaleTower(EncoderTower tower, IReadOnlyList<(int Scale, SheetRegion Region)> scales)
    {
        if (tower.TokenCount != tower.Grid.Count)
        {
            throw new ArgumentException("the tower hands on a class token beside its patches, which has no place on the picture; say patches: default", nameof(tower));
        }

        var tile = new ImageSize(scales[0].Region.Size.Width / scales[0].Scale, scales[0].Region.Size.Height / scales[0].Scale);
        foreach (var (scale, region) in scales)
        {
            if (region.Size != new ImageSize(tile.Width * scale, tile.Height * scale))
            {
                throw new ArgumentException($"at scale {scale} pictures are {region.Size}, not {scale} x {scale} tiles of {tile}", nameof(scales));
            }
        }

        this.tower = AddModule("tower", tower);
        this.scales = [.. scales];
    }

    /// <inheritdoc/>
    public int Width => tower.Width * scales.Length;

    /// <inheritdoc/>
    public PatchGrid Grid => tower.Grid;

    /// <inheritdoc/>
    public JsonObject? Configuration => tower.Configuration;

    /// <summary>The encoder.</summary>
    public EncoderTower Tower => tower;

    /// <summary>Which of the scales is the smallest: that of the encoder's own preprocessing, where there is scale 1.</summary>
    internal int Base => Array.IndexOf(scales, scales.MinBy(entry => entry.Scale));

    /// <summary>How many tiles a picture is looked at in, all scales together.</summary>
    public int TileCount => scales.Sum(entry => entry.Scale * entry.Scale);

    /// <inheritdoc/>
    public bool RecomputesLayers
    {
        get => tower.RecomputesLayers;
        set => tower.RecomputesLayers = value;
    }

    /// <inheritdoc/>
    public Tensor Encode(Tensor pixels, VisionCondition? condition)
    {
        if (condition is not null)
        {
            throw new NotSupportedException("text cannot steer a tower of several scales; choose conditioning: none");
        }

        var seen = scales.Select(entry => At(entry.Scale, SheetPixels.Of(pixels, entry.Region))).ToArray();
        return seen is [var only] ? only : Tensor.Cat(seen, -1);               // [images, patches, scales · width]
    }

    private Tensor At(int scale, Tensor pixels)
    {
        if (scale == 1)
        {
            return tower.Encode(pixels, null);
        }

        var (images, height, width) = (pixels.Size(0), pixels.Size(2) / scale, pixels.Size(3) / scale);
        var tiles = pixels.View(images, 3, scale, height, scale, width)
            .Permute(0, 2, 4, 1, 3, 5)
            .Reshape(images * scale * scale, 3, height, width);                // [images · tiles, 3, height, width]
        var (rows, columns) = (Grid.Rows, Grid.Columns);
        return tower.Encode(tiles, null)
            .View(images, scale, scale, rows, columns, tower.Width)
            .Permute(0, 1, 3, 2, 4, 5)                                         // [images, tile row, row, tile column, column, width]
            .Reshape(images, rows, scale, columns, scale, tower.Width)         // the picture's own rows and columns, in blocks of one base patch each
            .Mean([2, 4])
            .Reshape(images, rows * columns, tower.Width);
    }
}
