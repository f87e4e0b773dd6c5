using Collimate.Imaging;

namespace Collimate.Server.Page;

/// <summary>How an example's picture is told to a browser.</summary>
internal static class ExamplePicture
{
    /// <summary>The picture as a data: URL, so that it needs no request, and no key, of its own.</summary>
    public static string Url(Image picture) => "data:image/png;base64," + Convert.ToBase64String(ImageCodec.Encode(picture, ImageFormat.Png));
}
