using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Collimate.Training.Features;

/// <summary>
/// Names a picture's features: by its contents, the SHA-256 of its file's bytes or of its pixels where it has no file, and, where the last bit of
/// features depends on it, by how many pictures the tower looked at together.
/// </summary>
/// <param name="High">The first 16 bytes of the hash.</param>
/// <param name="Low">The others.</param>
/// <param name="Together">How many pictures were looked at together; 0 where that does not matter.</param>
public readonly record struct FeatureKey(UInt128 High, UInt128 Low, int Together)
{
    /// <summary>Bytes a key takes.</summary>
    public const int Length = SHA256.HashSizeInBytes + sizeof(int);

    /// <summary>The key of a picture among others.</summary>
    /// <param name="hash">The hash of its contents, 32 bytes.</param>
    /// <param name="together">How many pictures are looked at together; 0 where that does not matter.</param>
    public static FeatureKey Of(ReadOnlySpan<byte> hash, int together) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]), together);

    /// <summary>Reads a key.</summary>
    public static FeatureKey Read(ReadOnlySpan<byte> bytes) => Of(bytes, BinaryPrimitives.ReadInt32LittleEndian(bytes[SHA256.HashSizeInBytes..]));

    /// <summary>Writes the key.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], Low);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[SHA256.HashSizeInBytes..], Together);
    }
}
