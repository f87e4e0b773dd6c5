namespace Collimate.Imaging;

/// <summary>What happens to a picture before a vision tower sees it, in this order: pad to a square, resize, centre crop, rescale, normalise. Each step can be left out.</summary>
/// <remarks>The steps and their roundings are those of the Hugging Face image processors for CLIP, SigLIP, ViT, DINOv2 (Bit) and ConvNext.</remarks>
public sealed record ImageTransform
{
    /// <summary>Pad the shorter side to a square, in the mean colour, before anything else (LLaVA's <c>image_aspect_ratio: pad</c>).</summary>
    public bool PadToSquare { get; init; }

    /// <summary>Resize so that the shorter side has this many pixels and the shape stays; null to leave out.</summary>
    public int? ShortestEdge { get; init; }

    /// <summary>Resize to exactly this size, changing the shape; null to leave out. Not together with <see cref="ShortestEdge"/>.</summary>
    public ImageSize? ExactSize { get; init; }

    /// <summary>Cut this much from the centre, black where the picture is smaller; null to leave out.</summary>
    public ImageSize? Crop { get; init; }

    /// <summary>Sizes of canvases that a picture may be cut into tiles from, see <see cref="TiledProcessor"/> (LLaVA-NeXT's <c>image_grid_pinpoints</c>); null for one picture as a whole.</summary>
    public IReadOnlyList<ImageSize>? Canvases { get; init; }

    /// <summary>How resizing weighs pixels.</summary>
    public ResampleFilter Filter { get; init; } = ResampleFilter.Bicubic;

    /// <summary>What a byte is multiplied by; 1 to leave it.</summary>
    public double RescaleFactor { get; init; } = 1 / 255.0;

    /// <summary>Red, green, blue: subtracted after rescaling. Its colour also fills what <see cref="PadToSquare"/> adds.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0.5, 0.5, 0.5];

    /// <summary>Red, green, blue: divided by after <see cref="Mean"/> is subtracted.</summary>
    public IReadOnlyList<double> Deviation { get; init; } = [0.5, 0.5, 0.5];

    /// <summary>The size that every picture ends up with.</summary>
    /// <exception cref="ImageException">The steps do not fix it.</exception>
    public ImageSize OutputSize => Crop ?? ExactSize ?? (PadToSquare && ShortestEdge is { } side
        ? new ImageSize(side, side)
        : throw new ImageException("the image transform fixes no output size: add a centre crop (do_center_crop and crop_size), or give size as height and width."));

    /// <summary>The same steps for square pictures of another size: what is resized before a crop keeps its share of it.</summary>
    /// <param name="side">The new side in pixels.</param>
    public ImageTransform ForSide(int side)
    {
        var edge = ShortestEdge is { } shortest && Crop is { } cut ? (int)Math.Round((double)shortest * side / Math.Min(cut.Width, cut.Height)) : side;
        var square = new ImageSize(side, side);
        return this with { ShortestEdge = ShortestEdge is null ? null : edge, ExactSize = ExactSize is null ? null : square, Crop = Crop is null ? null : square };
    }

    /// <summary>Reads a <c>preprocessor_config.json</c>.</summary>
    /// <param name="path">The file, or the folder that holds it.</param>
    /// <exception cref="ImageException">The file is missing or says something that is not understood; the message names the key.</exception>
    public static ImageTransform Load(string path) => PreprocessorConfig.Load(path);

    /// <summary>Writes a <c>preprocessor_config.json</c> that <see cref="Load"/> and Hugging Face's processors read back as the same transform.</summary>
    /// <param name="path">The file to make or replace.</param>
    public void Save(string path) => PreprocessorConfig.Save(this, path);

    internal ImageTransform Validated(string origin)
    {
        Require(ShortestEdge is null || ExactSize is null, origin, "size", "either shortest_edge, or height and width, not both");
        Require(ShortestEdge is null or (>= 1 and <= 16_384), origin, "size", $"shortest_edge between 1 and 16384, not {ShortestEdge}");
        Require(ExactSize is not { } exact || exact.IsUsable, origin, "size", $"sides between 1 and 16384, not {ExactSize}");
        Require(Crop is not { } crop || crop.IsUsable, origin, "crop_size", $"sides between 1 and 16384, not {Crop}");
        Require(Mean.Count == 3 && Mean.All(double.IsFinite), origin, "image_mean", "three finite numbers, for red, green and blue");
        Require(Deviation.Count == 3 && Deviation.All(x => double.IsFinite(x) && x != 0), origin, "image_std", "three finite numbers, none 0");
        Require(double.IsFinite(RescaleFactor), origin, "rescale_factor", "a finite number");
        Require(Enum.IsDefined(Filter), origin, "resample", $"a number from 0 to 5, not {(int)Filter}");
        if (Canvases is { } canvases)
        {
            Require(!PadToSquare, origin, "image_aspect_ratio", "either pad or anyres, not both");
            Require(Crop is { } tile && tile.Width == tile.Height, origin, "crop_size", "a square, the side of a tile, where pictures are cut into tiles");
            Require(ShortestEdge is not null, origin, "size", "a shortest_edge where pictures are cut into tiles");
            Require(
                canvases.Count > 0 && canvases.All(canvas => canvas.IsUsable && canvas.Width % Crop!.Value.Width == 0 && canvas.Height % Crop!.Value.Width == 0),
                origin, "image_grid_pinpoints", $"sizes [height, width] that are multiples of a tile's side ({Crop!.Value.Width})");
        }

        return this;
    }

    private static void Require(bool holds, string origin, string key, string expected)
    {
        if (!holds)
        {
            throw new ImageException($"{origin}: '{key}' must be {expected}.");
        }
    }
}
