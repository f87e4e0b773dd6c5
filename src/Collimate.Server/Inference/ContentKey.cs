using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Collimate.Server.Inference;

/// <summary>The SHA-256 of what something was made from: alike keys, alike things.</summary>
internal readonly record struct ContentKey(UInt128 High, UInt128 Low)
{
    /// <summary>The key of some bytes.</summary>
    public static ContentKey Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return new ContentKey(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
    }

    /// <summary>The key of this and some numbers behind it.</summary>
    public ContentKey With(ReadOnlySpan<int> numbers)
    {
        var bytes = new byte[SHA256.HashSizeInBytes + (numbers.Length * sizeof(int))];
        WriteTo(bytes);
        MemoryMarshal.AsBytes(numbers).CopyTo(bytes.AsSpan(SHA256.HashSizeInBytes));
        return Of(bytes);
    }

    /// <summary>The key of several in their order.</summary>
    public static ContentKey Of(IReadOnlyList<ContentKey> keys)
    {
        var bytes = new byte[keys.Count * SHA256.HashSizeInBytes];
        for (var k = 0; k < keys.Count; k++)
        {
            keys[k].WriteTo(bytes.AsSpan(k * SHA256.HashSizeInBytes));
        }

        return Of(bytes);
    }

    /// <summary>The key's 32 bytes as eight numbers, to stand among other numbers.</summary>
    public void WriteTo(Span<int> numbers) => WriteTo(MemoryMarshal.AsBytes(numbers));

    private void WriteTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], Low);
    }
}
