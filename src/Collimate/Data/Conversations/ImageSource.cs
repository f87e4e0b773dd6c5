using System.Security.Cryptography;
using System.Text;
using Collimate.Imaging;

namespace Collimate.Data.Conversations;

/// <summary>A picture, or where it is to be read from when it is needed.</summary>
public sealed class ImageSource
{
    private readonly Lazy<Image>? image;
    private readonly Func<ImageLimits, byte[]>? read;
    private byte[]? contentHash;

    private ImageSource(string origin, Lazy<Image>? image, Func<ImageLimits, byte[]>? read) => (Origin, this.image, this.read) = (origin, image, read);

    /// <summary>What messages call it: a path, or what the bytes came from.</summary>
    public string Origin { get; }

    /// <summary>The file that it is read from; null where it comes from elsewhere.</summary>
    internal string? File { get; private init; }

    /// <summary>A file that is decoded when it is needed.</summary>
    /// <param name="path">The file.</param>
    public static ImageSource FromFile(string path) => new(path, null, limits => ImageCodec.ReadFile(path, limits)) { File = path };

    /// <summary>Encoded bytes that are decoded when they are needed.</summary>
    /// <param name="data">The bytes of an image file.</param>
    /// <param name="origin">What messages call it.</param>
    public static ImageSource FromBytes(byte[] data, string origin) => new(origin, null, _ => data);

    /// <summary>Encoded bytes that are fetched and decoded when they are needed.</summary>
    /// <param name="read">Fetches the bytes of an image file, no more than the limits allow; asked from any thread.</param>
    /// <param name="origin">What messages call it.</param>
    internal static ImageSource FromReader(Func<ImageLimits, byte[]> read, string origin) => new(origin, null, read);

    /// <summary>A picture that is already there.</summary>
    /// <param name="image">The picture.</param>
    public static ImageSource FromImage(Image image) => new($"a picture of {image.Width} x {image.Height}", new Lazy<Image>(image), null);

    /// <summary>A picture that is painted when it is first needed.</summary>
    /// <param name="paint">Paints it; asked once, from any thread.</param>
    /// <param name="origin">What messages call it.</param>
    public static ImageSource FromPainter(Func<Image> paint, string origin) => new(origin, new Lazy<Image>(paint), null);

    /// <summary>The picture.</summary>
    /// <param name="limits">The largest sizes that are decoded.</param>
    /// <exception cref="ImageException">It cannot be read.</exception>
    public Image Load(ImageLimits? limits = null) => image?.Value ?? ImageCodec.Decode(read!(limits ?? ImageLimits.Default), limits, Origin);

    /// <summary>The SHA-256 of its contents: of the file's bytes, or of size and pixels where there is no file. Nothing is decoded, and a source hashes once.</summary>
    /// <exception cref="ImageException">It cannot be read.</exception>
    internal byte[] ContentHash() => contentHash ??= Hash();

    /// <summary>The picture as a vision tower reads it.</summary>
    /// <param name="processor">How it is prepared.</param>
    /// <param name="destination">[3, height, width], as long as <see cref="ImageProcessor.OutputLength"/>.</param>
    /// <exception cref="ImageException">It cannot be read.</exception>
    public void Process(ImageProcessor processor, Span<float> destination)
    {
        if (image is not null)
        {
            processor.Process(image.Value, destination);
            return;
        }

        processor.Process(read!(ImageLimits.Default), destination, origin: Origin);
    }

    private byte[] Hash()
    {
        if (image is null)
        {
            return SHA256.HashData(read!(ImageLimits.Default));
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes($"pixels {image.Value.Width} {image.Value.Height} {image.Value.Channels} "));
        hash.AppendData(image.Value.Pixels);
        return hash.GetHashAndReset();
    }
}
