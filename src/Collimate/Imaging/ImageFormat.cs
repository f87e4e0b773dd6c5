namespace Collimate.Imaging;

/// <summary>The file formats that pictures may come in. Everything else is refused by its first bytes.</summary>
public enum ImageFormat
{
    /// <summary>Portable Network Graphics: lossless, read and written.</summary>
    Png = 0,

    /// <summary>JPEG: lossy, without transparency, read and written.</summary>
    Jpeg = 1,

    /// <summary>WebP: read and written; lossless at quality 100.</summary>
    WebP = 2,

    /// <summary>GIF: read only, and of an animation only the first frame.</summary>
    Gif = 3,
}
