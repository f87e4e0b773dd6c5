using Collimate.Imaging;

namespace Collimate.Reports;

/// <summary>Pictures inside a page, enlarged pixel by pixel.</summary>
internal static class PictureMarkup
{
    private const int LargestScale = 3;

    /// <summary>The picture's bytes as an address.</summary>
    internal static string DataUri(Image picture) => "data:image/png;base64," + Convert.ToBase64String(ImageCodec.Encode(picture, ImageFormat.Png));

    /// <summary>By how much a picture is enlarged: the largest whole number that keeps it within a side.</summary>
    internal static int Scale(Image picture, int side) => Math.Clamp(side / Math.Max(picture.Width, picture.Height), 1, LargestScale);

    /// <summary>An image element.</summary>
    internal static HtmlFragment Of(Image picture, int side, string description)
    {
        var scale = Scale(picture, side);
        return HtmlFragment.Of(
            $"""<img class="pixels" src="{DataUri(picture)}" width="{picture.Width * scale}" height="{picture.Height * scale}" alt="{description}">""");
    }
}
