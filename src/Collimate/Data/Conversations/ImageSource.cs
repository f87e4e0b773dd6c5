using Collimate.Imaging;

namespace Collimate.Data.Conversations;

/// <summary>A picture, or where it is to be read from when it is needed.</summary>
public sealed class ImageSource
{
    private readonly Func<ImageLimits?, Image> load;

    private ImageSource(string origin, Func<ImageLimits?, Image> load) => (Origin, this.load) = (origin, load);

    /// <summary>What messages call it: a path, or what the bytes came from.</summary>
    public string Origin { get; }

    /// <summary>A file that is decoded when it is needed.</summary>
    /// <param name="path">The file.</param>
    public static ImageSource FromFile(string path) => new(path, limits => ImageCodec.Load(path, limits));

    /// <summary>Encoded bytes that are decoded when they are needed.</summary>
    /// <param name="data">The bytes of an image file.</param>
    /// <param name="origin">What messages call it.</param>
    public static ImageSource FromBytes(byte[] data, string origin) => new(origin, limits => ImageCodec.Decode(data, limits, origin));

    /// <summary>A picture that is already there.</summary>
    /// <param name="image">The picture.</param>
    public static ImageSource FromImage(Image image) => new($"a picture of {image.Width} x {image.Height}", _ => image);

    /// <summary>The picture.</summary>
    /// <param name="limits">The largest sizes that are decoded.</param>
    /// <exception cref="ImageException">It cannot be read.</exception>
    public Image Load(ImageLimits? limits = null) => load(limits);
}
