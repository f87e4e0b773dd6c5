namespace Collimate.Imaging;

/// <summary>Turns a picture of any shape into several that a vision tower of fixed size reads: the whole, and tiles of it at a higher resolution. Safe to use from many threads.</summary>
/// <remarks>Transformers: <c>LlavaNextImageProcessor</c>.</remarks>
public sealed class TiledProcessor
{
    private readonly ImageProcessor single;
    private readonly IReadOnlyList<ImageSize> canvases;

    /// <summary>Prepares a transform for use.</summary>
    /// <param name="transform">The steps; <see cref="ImageTransform.Canvases"/> must be there.</param>
    /// <exception cref="ImageException">The steps contradict each other, or cut nothing into tiles.</exception>
    public TiledProcessor(ImageTransform transform)
    {
        ArgumentNullException.ThrowIfNull(transform);
        Transform = transform.Validated("image transform");
        canvases = transform.Canvases ?? throw new ImageException("the image transform cuts nothing into tiles; it names no image_grid_pinpoints.");
        single = new ImageProcessor(transform with { Canvases = null });
    }

    /// <summary>The steps.</summary>
    public ImageTransform Transform { get; }

    /// <summary>Side of a tile.</summary>
    public int Tile => single.OutputSize.Width;

    /// <summary>Reads a <c>preprocessor_config.json</c>.</summary>
    /// <param name="path">The file, or the folder that holds it.</param>
    /// <exception cref="ImageException">The file is missing or says something that is not understood; the message names the key.</exception>
    public static TiledProcessor Load(string path) => new(ImageTransform.Load(path));

    /// <summary>Where everything lies for a picture of a size.</summary>
    /// <param name="picture">The picture's size.</param>
    public TileLayout Layout(ImageSize picture) => AnyResolution.Layout(picture, canvases, Tile);

    /// <summary>The picture on its canvas, before it is cut: to look at.</summary>
    /// <param name="image">Any picture; it is taken as colour without alpha.</param>
    public Image OnCanvas(Image image)
    {
        image = image.ToRgb();
        var layout = Layout(new ImageSize(image.Width, image.Height));
        var canvas = Image.Filled(layout.Canvas.Width, layout.Canvas.Height, 0, 0, 0);
        ImageProcessor.Paste(Resampling.Resize(image, layout.Fitted.Width, layout.Fitted.Height, Transform.Filter), canvas, layout.Left, layout.Top);
        return canvas;
    }

    /// <summary>The whole picture at the size of a tile, its shape not kept, and then the tiles row by row.</summary>
    /// <param name="image">Any picture; it is taken as colour without alpha.</param>
    /// <returns>Colour pictures of <see cref="Tile"/> a side, <see cref="TileLayout.Count"/> of them.</returns>
    public IReadOnlyList<Image> Fit(Image image)
    {
        image = image.ToRgb();
        var layout = Layout(new ImageSize(image.Width, image.Height));
        var (canvas, edge) = (OnCanvas(image), Transform.ShortestEdge!.Value);
        var pictures = new List<Image>(layout.Count) { single.Fit(Resampling.Resize(image, edge, edge, Transform.Filter)) };
        for (var row = 0; row < layout.Rows; row++)
        {
            for (var column = 0; column < layout.Columns; column++)
            {
                pictures.Add(single.Fit(canvas.Crop(column * Tile, row * Tile, Tile, Tile)));
            }
        }

        return pictures;
    }

    /// <summary>Processes a picture.</summary>
    /// <param name="image">Any picture; it is taken as colour without alpha.</param>
    /// <returns>[<see cref="TileLayout.Count"/>, 3, <see cref="Tile"/>, <see cref="Tile"/>]</returns>
    public float[] Process(Image image)
    {
        var pictures = Fit(image);
        var values = new float[checked(pictures.Count * single.OutputLength)];
        foreach (var (k, picture) in pictures.Index())
        {
            single.Normalise(picture, values.AsSpan(k * single.OutputLength, single.OutputLength));
        }

        return values;
    }
}
