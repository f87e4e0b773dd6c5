using Collimate.Imaging;

namespace Collimate.Data.Conversations;

/// <summary>A picture, or where it is to be read from when it is needed.</summary>
public sealed class ImageSource
{
    private readonly Func<Image> load;

    private ImageSource(Func<Image> load) => this.load = load;

    /// <summary>A file that is decoded when it is needed.</summary>
    public static ImageSource FromFile(string path) => new(() => ImageCodec.Load(path));

    /// <summary>Encoded bytes that are decoded when they are needed.</summary>
    /// <param name="data">The bytes of an image file.</param>
    /// <param name="origin">What messages call it.</param>
    public static ImageSource FromBytes(byte[] data, string origin) => new(() => ImageCodec.Decode(data, origin: origin));

    /// <summary>A picture that is already there.</summary>
    public static ImageSource FromImage(Image image) => new(() => image);

    /// <summary>The picture.</summary>
    /// <exception cref="ImageException">It cannot be read.</exception>
    public Image Load() => load();
}
