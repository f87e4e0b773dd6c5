using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Collimate.Torch.Serialization;

namespace Collimate.Data.WebDataset;

/// <summary>What was found in a shard, kept in a file beside it: <c>NAME.tar.index</c>. A cache; one that is stale or damaged is made anew.</summary>
/// <remarks>
/// Little-endian: 8 bytes of name and version, the shard's length and time, the number of samples and of bytes of their keys (8 bytes each), the entries, the
/// keys, and the SHA-256 of all before it.
/// </remarks>
internal static class ShardIndexFile
{
    private static readonly byte[] Opening = "CLMSHRD1"u8.ToArray();

    /// <summary>Reads what is kept of a shard; null where nothing sound is.</summary>
    internal static (ShardEntry[] Entries, byte[] Keys)? Read(string shard, (long Length, DateTime Written) stamp)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(PathOf(shard));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        var head = Opening.Length + (4 * sizeof(long));
        var end = bytes.Length - SHA256.HashSizeInBytes;
        if (end < head || !bytes.AsSpan().StartsWith(Opening) || !SHA256.HashData(bytes.AsSpan(0, end)).AsSpan().SequenceEqual(bytes.AsSpan(end)))
        {
            return null;
        }

        var numbers = MemoryMarshal.Cast<byte, long>(bytes.AsSpan(Opening.Length, head - Opening.Length));
        var (count, keys) = (numbers[2], numbers[3]);
        var size = Marshal.SizeOf<ShardEntry>();
        if (numbers[0] != stamp.Length || numbers[1] != stamp.Written.Ticks || count < 0 || keys < 0 || count > bytes.Length / size || head + (count * size) + keys != end)
        {
            return null;
        }

        var entries = MemoryMarshal.Cast<byte, ShardEntry>(bytes.AsSpan(head, (int)count * size)).ToArray();
        return (entries, bytes[(head + ((int)count * size))..end]);
    }

    /// <summary>Keeps what was found; where the folder cannot be written to, nothing is kept.</summary>
    internal static void Write(string shard, (long Length, DateTime Written) stamp, ShardEntry[] entries, byte[] keys)
    {
        long[] numbers = [stamp.Length, stamp.Written.Ticks, entries.Length, keys.Length];
        byte[] bytes = [.. Opening, .. MemoryMarshal.AsBytes<long>(numbers), .. MemoryMarshal.AsBytes<ShardEntry>(entries), .. keys];
        try
        {
            WholeFile.Write(PathOf(shard), [.. bytes, .. SHA256.HashData(bytes)]);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Shards often lie on a disk that is read only; then their headers are read each time.
        }
    }

    private static string PathOf(string shard) => shard + ".index";
}
