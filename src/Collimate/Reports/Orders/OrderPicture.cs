using System.Globalization;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Inspection.Orders;

namespace Collimate.Reports.Orders;

/// <summary>Paints a picture with numbered patches and the sentence below it, for places that show no SVG.</summary>
internal static class OrderPicture
{
    private const int Side = 560;
    private const int Border = 16;
    private const int LineHeight = 20;
    private const int LetterSize = 14;
    private const string Font = "DejaVu Sans Mono";

    /// <summary>Paints all pictures of a prompt below each other, then its sentence.</summary>
    internal static Image Draw(TokenOrderView view)
    {
        var lines = OrderSentence.Lines(view, (int)(Side / (LetterSize * 0.61)));
        var canvas = Image.Filled(Side + (2 * Border), (view.Pictures.Count * (Side + Border)) + (lines.Count * LineHeight) + (2 * Border), 255, 255, 255);
        var moved = view.Runs.Where(run => run.Kind == TokenKind.Image && run.HasMoved).SelectMany(run => run.Patches.Select(patch => (run.Image, patch))).ToHashSet();
        for (var image = 0; image < view.Pictures.Count; image++)
        {
            Paint(canvas, view, image, Border + (image * (Side + Border)), moved);
        }

        var top = Border + (view.Pictures.Count * (Side + Border));
        foreach (var (number, line) in lines.Index())
        {
            Write(canvas, line, Border, top + (number * LineHeight), LetterSize);
        }

        return canvas;
    }

    private static void Paint(Image canvas, TokenOrderView view, int image, int top, HashSet<(int Image, int Patch)> moved)
    {
        var (picture, rows, columns) = (view.Pictures[image], view.Grid.Rows, view.Grid.Columns);
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var from = ((y * picture.Height / Side * picture.Width) + (x * picture.Width / Side)) * 3;
                var to = (((top + y) * canvas.Width) + Border + x) * 3;
                var isLine = columns > 0 && (x * columns % Side < columns || y * rows % Side < rows);
                var isMoved = columns > 0 && moved.Contains((image, (y * rows / Side * columns) + (x * columns / Side)));
                for (var channel = 0; channel < 3; channel++)
                {
                    var value = picture.Pixels[from + channel];
                    canvas.Pixels[to + channel] = isLine ? (byte)((value + 255) / 2) : isMoved ? (byte)((value + (channel == 0 ? 255 : 40)) / 2) : value;
                }
            }
        }

        for (var patch = 0; patch < rows * columns; patch++)
        {
            Write(canvas, (patch + 1).ToString(CultureInfo.InvariantCulture), Border + (patch % columns * Side / columns) + 3, top + (patch / columns * Side / rows) + 2, Math.Clamp(Side / rows / 4, 6, LetterSize), onPicture: true);
        }
    }

    private static void Write(Image canvas, string text, int left, int top, int size, bool onPicture = false)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        var drawn = TextRenderer.Render(text, Font, size); // [height, width, red green blue alpha]
        for (var y = 0; y < drawn.Height && top + y < canvas.Height; y++)
        {
            for (var x = 0; x < drawn.Width && left + x < canvas.Width; x++)
            {
                var alpha = drawn.Pixels[(((y * drawn.Width) + x) * 4) + 3];
                var to = (((top + y) * canvas.Width) + left + x) * 3;
                for (var channel = 0; channel < 3; channel++)
                {
                    var ground = onPicture ? (canvas.Pixels[to + channel] + 255) / 2 : canvas.Pixels[to + channel]; // pale, so that numbers can be read
                    canvas.Pixels[to + channel] = (byte)(ground * (255 - alpha) / 255);
                }
            }
        }
    }
}
