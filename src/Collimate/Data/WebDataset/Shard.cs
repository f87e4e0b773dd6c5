using System.Text;
using Collimate.Data.Records;

namespace Collimate.Data.WebDataset;

/// <summary>One tar archive of samples: members whose names differ only after the first dot of the last part belong together.</summary>
internal sealed class Shard
{
    private static readonly string[] Pictures = ["jpg", "jpeg", "png", "webp", "gif"];

    private readonly ShardEntry[] entries;
    private readonly byte[] keys;

    private Shard(string path, (long Length, DateTime Written) stamp, ShardEntry[] entries, byte[] keys) => (Path, Stamp, this.entries, this.keys) = (path, stamp, entries, keys);

    /// <summary>The archive.</summary>
    internal string Path { get; }

    /// <summary>By what a change of the archive is noticed.</summary>
    internal (long Length, DateTime Written) Stamp { get; }

    /// <summary>How many samples it holds.</summary>
    internal int Count => entries.Length;

    /// <summary>Where a sample's parts lie.</summary>
    internal ShardEntry this[int number] => entries[number];

    /// <summary>A sample's key: its members' names up to the first dot.</summary>
    internal string KeyOf(int number) => Encoding.UTF8.GetString(keys.AsSpan((number == 0 ? 0 : entries[number - 1].KeyEnd)..entries[number].KeyEnd));

    /// <summary>Opens an archive and finds its samples.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="keepIndex">Whether what is found is kept in a file beside the archive, and read from there while the archive stays the same.</param>
    /// <exception cref="DataException">It cannot be read, or is no sound archive of samples.</exception>
    internal static Shard Open(string path, bool keepIndex)
    {
        try
        {
            var stamp = RecordFile.Stamp(path);
            if (keepIndex && ShardIndexFile.Read(path, stamp) is { } kept)
            {
                return new Shard(path, stamp, kept.Entries, kept.Keys);
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, TarHeader.BlockSize * 8);
            var shard = Read(stream, path, stamp);
            if (keepIndex)
            {
                ShardIndexFile.Write(path, stamp, shard.entries, shard.keys);
            }

            return shard;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException(path, $"the shard cannot be read: {failure.Message}", DataFault.Source);
        }
    }

    /// <summary>Finds the samples of an archive.</summary>
    internal static Shard Read(Stream stream, string path, (long Length, DateTime Written) stamp)
    {
        if (path.EndsWith(".gz", StringComparison.Ordinal) || path.EndsWith(".tgz", StringComparison.Ordinal))
        {
            throw new DataException(path, "the shard is compressed, so samples cannot be reached in any order; unpack it with gunzip (pictures are compressed already)", DataFault.Source);
        }

        var (entries, keys, seen) = (new List<ShardEntry>(), new List<byte>(), new HashSet<string>(StringComparer.Ordinal));
        var (current, entry) = (default(string), default(ShardEntry));
        void Close()
        {
            if (current is not null && entry != default)
            {
                keys.AddRange(Encoding.UTF8.GetBytes(current));
                entries.Add(entry with { KeyEnd = keys.Count });
            }
        }

        TarMembers.Read(stream, path, member =>
        {
            if (Split(member.Name) is not var (key, ending))
            {
                return;
            }

            if (key != current)
            {
                Close();
                (current, entry) = (key, default);
                if (!seen.Add(key))
                {
                    throw new DataException(path, $"the members of '{key}' do not follow each other; sort the archive by name", DataFault.Source);
                }
            }

            entry = With(entry, member, ending, path);
        });
        Close();
        return new Shard(path, stamp, [.. entries], [.. keys]);
    }

    /// <summary>Fetches a part of a sample.</summary>
    /// <exception cref="DataException">The archive is no longer what it was when it was opened.</exception>
    internal byte[] Fetch(long start, int length)
    {
        try
        {
            using var file = File.OpenHandle(Path);
            if (RecordFile.Stamp(Path) != Stamp)
            {
                throw new DataException(Path, "the shard has changed since it was opened; start again with the shard as it is now", DataFault.Source);
            }

            var bytes = GC.AllocateUninitializedArray<byte>(length);
            RecordFile.ReadFully(file, bytes, start);
            return bytes;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException(Path, $"the shard cannot be read any more: {failure.Message}", DataFault.Source);
        }
    }

    // A key is a name up to the first dot of its last part. Names without, such as .DS_Store, belong to no sample.
    private static (string Key, string Ending)? Split(string name)
    {
        var dot = name.IndexOf('.', name.LastIndexOf('/') + 1);
        return dot <= name.LastIndexOf('/') + 1 ? null : (name[..dot], name[(dot + 1)..].ToLowerInvariant());
    }

    private static ShardEntry With(ShardEntry entry, TarMember member, string ending, string path)
    {
        var (isPicture, isJson, isText) = (Pictures.Contains(ending), ending == "json", ending == "txt");
        if (!isPicture && !isJson && !isText)
        {
            return entry;
        }

        if (member.Length > (isPicture ? int.MaxValue : RecordText.LongestRecord))
        {
            throw new DataException(path, $"the member '{member.Name}' has {member.Length:N0} bytes, which is no {(isPicture ? "picture" : "record")} of a sample; take it out", DataFault.Source);
        }

        if ((isPicture ? entry.PictureLength : isJson ? entry.JsonLength : entry.TextLength) > 0)
        {
            throw new DataException(path, $"with the member '{member.Name}' its sample has two {(isPicture ? "pictures" : $"members .{ending}")}; one is read", DataFault.Source);
        }

        var length = (int)member.Length;
        return isPicture ? entry with { PictureStart = member.Start, PictureLength = length }
            : isJson ? entry with { JsonStart = member.Start, JsonLength = length }
            : entry with { TextStart = member.Start, TextLength = length };
    }
}
