using System.CommandLine;
using System.Security.Cryptography;
using Collimate.Cli.Display;
using Collimate.Imaging;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate preprocess</c>: what a vision tower is shown for a picture.</summary>
internal static class PreprocessCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "The preprocessor_config.json, or the folder that holds it.", Required = true, HelpName = "FILE" };
        var image = new Option<string>("--image") { Description = "The picture: JPEG, PNG, WebP or GIF.", Required = true, HelpName = "FILE" };
        var target = new Option<string>("--out") { Description = "Where to write: .safetensors for pixel_values, .npy for the same as an array, or .png, .jpg, .webp for the fitted picture.", Required = true, HelpName = "FILE" };
        var json = CommandActions.JsonOption();
        var command = new Command("preprocess", "Resize, crop and normalise a picture as a model's preprocessor_config.json says.") { config, image, target, json };
        return command.Runs((parse, io, _) =>
        {
            var path = parse.GetRequiredValue(target);
            var write = PixelFile.WriterFor(path) ?? throw new UsageException(
                $"--out '{path}' has no ending that says what to write; use .safetensors, .npy, .png, .jpg or .webp.");
            var transform = ImageTransform.Load(parse.GetRequiredValue(config));
            var picture = ImageCodec.Load(parse.GetRequiredValue(image));
            var (fitted, pixels, shape) = transform.Canvases is null ? Whole(new ImageProcessor(transform), picture) : Tiles(new TiledProcessor(transform), picture);
            write(path, fitted, shape, pixels);
            Report(io, parse.GetValue(json), new PreprocessReport(
                path, [picture.Width, picture.Height], shape, pixels.Min(), pixels.Max(), pixels.Average(value => (double)value), Convert.ToHexStringLower(SHA256.HashData(Planes(fitted)))));
            return ExitCode.Success;
        });
    }

    private static (Image Fitted, float[] Pixels, int[] Shape) Whole(ImageProcessor processor, Image picture) =>
        (processor.Fit(picture), processor.Process(picture), [1, 3, processor.OutputSize.Height, processor.OutputSize.Width]);

    // To look at, the canvas before it is cut; as numbers, the whole picture and then its tiles.
    private static (Image Fitted, float[] Pixels, int[] Shape) Tiles(TiledProcessor processor, Image picture) =>
        (processor.OnCanvas(picture), processor.Process(picture), [processor.Layout(new(picture.Width, picture.Height)).Count, 3, processor.Tile, processor.Tile]);

    private static void Report(CommandIo io, bool asJson, PreprocessReport report)
    {
        if (asJson)
        {
            io.WriteJson(report);
            return;
        }

        io.Output.WriteLine(
            $"{report.Out}: {report.Source[0]} x {report.Source[1]} pixels became {string.Join(" x ", report.Shape)}, " +
            $"values {report.Minimum:0.0000} to {report.Maximum:0.0000}, mean {report.Mean:0.0000}");
    }

    // The checksum is over planes, as reference implementations keep their pictures.
    private static byte[] Planes(Image image)
    {
        var planes = new byte[image.Pixels.Length];
        var area = image.Width * image.Height;
        for (var i = 0; i < planes.Length; i++)
        {
            planes[(i % image.Channels * area) + (i / image.Channels)] = image.Pixels[i];
        }

        return planes;
    }

    private sealed record PreprocessReport(
        string Out, int[] Source, int[] Shape, float Minimum, float Maximum, double Mean, string Sha256);
}
