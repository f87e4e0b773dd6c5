using Collimate.Imaging;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Imaging;

public sealed class TiledProcessorTests
{
    private const int Tile = 12;
    private static readonly ImageSize[] Published = [new(672, 336), new(336, 672), new(672, 672), new(336, 1008), new(1008, 336)];
    private static readonly ImageSize[] Small = [.. Published.Select(size => new ImageSize(size.Width / 336 * Tile, size.Height / 336 * Tile))];
    private static readonly ImageTransform Transform = new() { ShortestEdge = Tile, Crop = new(Tile, Tile), Canvases = Small };

    [Theory]
    [InlineData(1000, 500, 672, 336)]
    [InlineData(300, 200, 672, 336)] // small enough for every canvas twice as wide; the least empty room, and of equals the first
    [InlineData(640, 480, 672, 672)]
    [InlineData(200, 900, 336, 1008)]
    [InlineData(3000, 900, 1008, 336)]
    [InlineData(5000, 5000, 672, 672)]
    public void BestCanvas_PublishedSizes_KeepsMostOfThePicture(int width, int height, int canvasWidth, int canvasHeight) =>
        Assert.Equal(new ImageSize(canvasWidth, canvasHeight), AnyResolution.BestCanvas(new(width, height), Published));

    [Fact]
    public void BestCanvas_AnyPicture_NoneKeepsMoreOrAsMuchWithLessWaste()
    {
        var property = Prop.ForAll((PositiveInt w, PositiveInt h) =>
        {
            var picture = new ImageSize((w.Get * 37 % 3000) + 1, (h.Get * 53 % 3000) + 1);
            var best = AnyResolution.BestCanvas(picture, Published);
            var (kept, wasted) = Judged(picture, best);
            return Published.All(other => Judged(picture, other) is var (k, wst) && (k < kept || (k == kept && wst >= wasted)));
        });
        Check.One(Properties.Hold.WithMaxTest(1_000), property);
    }

    [Fact]
    public void Fit_AnyPicture_EveryPixelOfTheFittedPictureLandsInExactlyOnePlace()
    {
        var processor = new TiledProcessor(Transform);
        var property = Prop.ForAll((PositiveInt w, PositiveInt h) =>
        {
            var image = HandMade.Picture((w.Get % 90) + 1, (h.Get % 90) + 1);
            var layout = processor.Layout(new(image.Width, image.Height));
            var tiles = processor.Fit(image);
            var fitted = Resampling.Resize(image, layout.Fitted.Width, layout.Fitted.Height, Transform.Filter);
            var seen = 0;
            for (var y = 0; y < layout.Canvas.Height; y++)
            {
                for (var x = 0; x < layout.Canvas.Width; x++)
                {
                    var pixel = Pixel(tiles[1 + (y / Tile * layout.Columns) + (x / Tile)], x % Tile, y % Tile);
                    var (fx, fy) = (x - layout.Left, y - layout.Top);
                    var inside = fx >= 0 && fy >= 0 && fx < fitted.Width && fy < fitted.Height;
                    seen += inside ? 1 : 0;
                    if (pixel != (inside ? Pixel(fitted, fx, fy) : (0, 0, 0)))
                    {
                        return false;
                    }
                }
            }

            return seen == fitted.Width * fitted.Height && tiles.Count == layout.Count
                && (layout.Fitted.Width == layout.Canvas.Width || layout.Fitted.Height == layout.Canvas.Height)
                && tiles[0].Pixels.SequenceEqual(Resampling.Resize(image, Tile, Tile, Transform.Filter).Pixels);
        });
        Check.One(Properties.Hold.WithMaxTest(300), property);
    }

    [Theory]
    [InlineData(1000, 500, 0, 0, 24, 48)]  // fills its canvas
    [InlineData(1000, 400, 0, 6, 24, 60)]  // on 1008 x 336: 24 rows of patches are 60 columns of the 72, six empty ones on both sides
    [InlineData(480, 640, 0, 6, 48, 36)]
    public void Unpadded_PatchesOfAllTiles_AreThoseOfThePicture(int width, int height, int row, int column, int rows, int columns) =>
        Assert.Equal((row, column, rows, columns), AnyResolution.Layout(new(width, height), Published, 336).Unpadded(24));

    [Fact]
    public void Unpadded_AnyPicture_CoversTheFittedPictureButForPartsOfAPatch()
    {
        var property = Prop.ForAll((PositiveInt w, PositiveInt h) =>
        {
            var layout = AnyResolution.Layout(new((w.Get * 37 % 3000) + 1, (h.Get * 53 % 3000) + 1), Published, 336);
            var (row, column, rows, columns) = layout.Unpadded(24);
            return Math.Abs((row * 14) - layout.Top) <= 28 && Math.Abs((column * 14) - layout.Left) <= 28
                && row + rows <= layout.Rows * 24 && column + columns <= layout.Columns * 24
                && Math.Abs((rows * 14) - layout.Fitted.Height) <= 28 && Math.Abs((columns * 14) - layout.Fitted.Width) <= 28;
        });
        Check.One(Properties.Hold.WithMaxTest(1_000), property);
    }

    [Fact]
    public void Process_Tiles_AreNormalisedOneAfterTheOther()
    {
        var processor = new TiledProcessor(Transform);
        var image = HandMade.Picture(40, 15);
        var (values, tiles) = (processor.Process(image), processor.Fit(image));
        var single = new ImageProcessor(Transform with { Canvases = null });
        Assert.Equal(tiles.SelectMany(tile => single.Process(tile)), values);
    }

    [Fact]
    public void Load_LlavaNextSettings_RoundTrip()
    {
        var folder = Directory.CreateTempSubdirectory("collimate-tiles-");
        try
        {
            var file = Path.Combine(folder.FullName, "preprocessor_config.json");
            File.WriteAllText(file, """{"image_processor_type":"LlavaNextImageProcessor","size":{"shortest_edge":336},"crop_size":{"height":336,"width":336},"image_grid_pinpoints":[[336,672],[672,336]]}""");
            var transform = ImageTransform.Load(file);
            Assert.Equal([new ImageSize(672, 336), new ImageSize(336, 672)], transform.Canvases);
            transform.Save(file);
            Assert.Equal(transform.Canvases, TiledProcessor.Load(folder.FullName).Transform.Canvases);
            Assert.Contains("into tiles", Assert.Throws<ImageException>(() => ImageProcessor.Load(file)).Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("""{"image_processor_type":"LlavaNextImageProcessor","size":{"shortest_edge":336},"crop_size":336,"image_grid_pinpoints":[[336,600]]}""", "image_grid_pinpoints")]
    [InlineData("""{"image_processor_type":"LlavaNextImageProcessor","size":{"shortest_edge":336},"crop_size":336,"image_grid_pinpoints":[336]}""", "image_grid_pinpoints")]
    [InlineData("""{"image_processor_type":"LlavaNextImageProcessor","size":{"shortest_edge":336},"crop_size":336,"image_grid_pinpoints":[]}""", "image_grid_pinpoints")]
    [InlineData("""{"image_processor_type":"LlavaNextImageProcessor","size":{"shortest_edge":336},"crop_size":{"height":336,"width":300}}""", "crop_size")]
    public void Load_WhatCannotBeCut_NamesTheKey(string json, string key) =>
        Assert.Contains($"'{key}'", Assert.Throws<ImageException>(() => PreprocessorConfig.Parse(json, "p.json")).Message, StringComparison.Ordinal);

    private static (long Kept, long Wasted) Judged(ImageSize picture, ImageSize canvas)
    {
        var scale = Math.Min((double)canvas.Width / picture.Width, (double)canvas.Height / picture.Height);
        var kept = Math.Min((long)(picture.Width * scale) * (long)(picture.Height * scale), (long)picture.Width * picture.Height);
        return (kept, ((long)canvas.Width * canvas.Height) - kept);
    }

    private static (int, int, int) Pixel(Image image, int x, int y)
    {
        var at = ((y * image.Width) + x) * 3;
        return (image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]);
    }
}
