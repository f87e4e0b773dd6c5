using System.Buffers.Binary;
using System.Globalization;
using Collimate.Torch.Serialization;

namespace Collimate.Data.Scenes;

/// <summary>A file that keeps the scaled glyphs between runs; its name changes with the font file and with the selection, so it is never stale.</summary>
internal sealed class GlyphCache
{
    // Rises whenever trimming or scaling changes.
    private const int Version = 1;
    private static ReadOnlySpan<byte> Magic => "COLGLYPH"u8;

    private readonly string path;
    private readonly int entries;

    private GlyphCache(string path, int entries) => (this.path, this.entries) = (path, entries);

    /// <exception cref="DataException">The font's file is missing.</exception>
    internal static GlyphCache For(IReadOnlyList<string> items, SceneSources sources)
    {
        var font = new FileInfo(sources.FontFile);
        if (!font.Exists)
        {
            throw new DataException(
                $"{sources.FontFile} is missing; the gym draws its pictures with it. Install the Debian package fonts-noto-color-emoji (apt-get install fonts-noto-color-emoji).");
        }

        var key = string.Create(
            CultureInfo.InvariantCulture,
            $"{Version}|{font.FullName}|{font.Length}|{font.LastWriteTimeUtc.Ticks}|{string.Join('|', items)}");
        return new GlyphCache(Path.Combine(sources.CacheFolder, $"glyphs-{StableHash.Of(key):x16}.bin"), items.Count * GlyphAtlas.SizeCount);
    }

    /// <summary>The glyphs, or null where there is no whole and undamaged file.</summary>
    internal byte[][]? TryRead()
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        var length = Enumerable.Range(0, entries).Sum(GlyphAtlas.ByteLength);
        var header = Magic.Length + sizeof(ulong);
        if (bytes.Length != header + length || !bytes.AsSpan(0, Magic.Length).SequenceEqual(Magic) ||
            BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(Magic.Length)) != Checksum(bytes.AsSpan(header)))
        {
            return null;
        }

        var glyphs = new byte[entries][];
        var at = header;
        for (var entry = 0; entry < entries; entry++)
        {
            glyphs[entry] = bytes.AsSpan(at, GlyphAtlas.ByteLength(entry)).ToArray();
            at += glyphs[entry].Length;
        }

        return glyphs;
    }

    /// <summary>Writes the file whole or not at all; a folder that cannot be written only costs the next start its speed.</summary>
    internal void Write(byte[][] glyphs)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var body = glyphs.SelectMany(glyph => glyph).ToArray();
            Span<byte> checksum = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(checksum, Checksum(body));
            WholeFile.Write(path, [.. Magic, .. checksum, .. body]);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // The pictures are in memory; nothing else depends on the file.
        }
    }

    private static ulong Checksum(ReadOnlySpan<byte> bytes)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var value in bytes)
        {
            hash = (hash ^ value) * 0x100000001B3;
        }

        return hash;
    }
}
