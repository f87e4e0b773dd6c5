using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Collimate.Imaging;

namespace Collimate.Tests.Imaging;

/// <summary>Encoded pictures put together byte by byte, for what no encoder of ours would write: impossible sizes, rare layouts, animations, EXIF turns.</summary>
internal static class HandMade
{
    /// <summary>An 8 x 8 JPEG in inks: cyan 51, magenta 102, yellow 0, black 25.</summary>
    public static readonly byte[] InkJpeg = Convert.FromBase64String(
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB/8AA" +
        "FAgACAAIBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQci" +
        "cRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqi" +
        "o6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD+mCvsiv7+K/swr//Z");

    /// <summary>A GIF of one pixel and two frames: red, then blue.</summary>
    public static readonly byte[] AnimatedGif =
    [
        .. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 0xFF, 0, 0, 0, 0, 0xFF,
        0x21, 0xF9, 4, 0, 10, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x01, 0,
        0x21, 0xF9, 4, 0, 10, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4C, 0x01, 0,
        0x3B,
    ];

    /// <summary>A picture that is different in every corner and compresses to something.</summary>
    public static Image Picture(int width = 40, int height = 30, int channels = 3)
    {
        var pixels = new byte[width * height * channels];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)((i * 7) ^ (i / 97 * 31) ^ (i >> 3));
        }

        return new Image(width, height, channels, pixels);
    }

    /// <summary>A whole PNG.</summary>
    /// <param name="width">Width for the header.</param>
    /// <param name="height">Height for the header.</param>
    /// <param name="depth">Bits a sample.</param>
    /// <param name="colour">0 grey, 2 colour, 3 palette, 4 grey and alpha, 6 colour and alpha.</param>
    /// <param name="rows">The raw rows, each behind a filter byte.</param>
    /// <param name="extra">Chunks between header and data.</param>
    public static byte[] Png(uint width, uint height, byte depth, byte colour, byte[] rows, params (string Type, byte[] Data)[] extra)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(header, width);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), height);
        header[8] = depth;
        header[9] = colour;
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        return
        [
            0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n',
            .. Chunk("IHDR", header),
            .. extra.SelectMany(chunk => Chunk(chunk.Type, chunk.Data)),
            .. Chunk("IDAT", packed.ToArray()),
            .. Chunk("IEND", []),
        ];
    }

    /// <summary>The JPEG with an EXIF segment that says how to turn it.</summary>
    public static byte[] Turned(byte[] jpeg, byte orientation)
    {
        byte[] exif =
        [
            .. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1,
            0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
        ];
        return [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        var chunk = new byte[data.Length + 12];
        BinaryPrimitives.WriteUInt32BigEndian(chunk, (uint)data.Length);
        Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        data.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(data.Length + 8), Checksum(chunk.AsSpan(4, data.Length + 4)));
        return chunk;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
