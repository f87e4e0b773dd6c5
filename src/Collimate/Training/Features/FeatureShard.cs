using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Training.Features;

/// <summary>One file of a feature cache, mapped into memory: written once and whole, never changed.</summary>
/// <remarks>
/// <para>All numbers are little-endian. At 0 the mark <c>CLMFEAT1</c>; at 8 the space's fingerprint (32 bytes); at 40 the type of the numbers (libtorch's
/// number), features a picture, numbers a feature and pictures (32 bits each); at 56 where the features begin (64 bits, a multiple of 64).</para>
/// <para>At 64 an entry a picture: the SHA-256 of its contents, how many pictures were looked at together (32 bits), and the first 16 bytes of the SHA-256 of its features. After the entries the SHA-256 of all
/// bytes before it. The features follow, picture after picture in the order of the entries, to the end of the file.</para>
/// </remarks>
internal sealed unsafe class FeatureShard : IDisposable
{
    /// <summary>What the names of shards begin and end with.</summary>
    public const string NamePattern = "features-*.bin";

    private const int HeaderLength = 64;
    private const int SumLength = 16;
    private const int EntryLength = FeatureKey.Length + SumLength;
    private const int Alignment = 64;
    private const int TypeAt = 40;
    private const int DataAt = 56;

    private static readonly byte[] Mark = "CLMFEAT1"u8.ToArray();

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private readonly long data;

    private FeatureShard(string path, MemoryMappedFile file, MemoryMappedViewAccessor view, byte* start, ReadOnlySpan<byte> header)
    {
        (Path, this.file, this.view) = (path, file, view);
        this.start = start;
        Type = (ScalarType)BinaryPrimitives.ReadInt32LittleEndian(header[TypeAt..]);
        Tokens = BinaryPrimitives.ReadInt32LittleEndian(header[(TypeAt + 4)..]);
        Width = BinaryPrimitives.ReadInt32LittleEndian(header[(TypeAt + 8)..]);
        Count = BinaryPrimitives.ReadInt32LittleEndian(header[(TypeAt + 12)..]);
        data = BinaryPrimitives.ReadInt64LittleEndian(header[DataAt..]);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The type of the numbers.</summary>
    public ScalarType Type { get; }

    /// <summary>Features a picture.</summary>
    public int Tokens { get; }

    /// <summary>Numbers a feature.</summary>
    public int Width { get; }

    /// <summary>How many pictures.</summary>
    public int Count { get; }

    /// <summary>Bytes of a picture's features.</summary>
    public int Each => checked(Tokens * Width * Type.Size());

    /// <summary>A picture's key.</summary>
    public FeatureKey KeyOf(int number) => FeatureKey.Read(Entry(number));

    /// <summary>Copies a picture's features, if they are what was written.</summary>
    /// <returns>Whether they are; nothing is said of the destination where they are not.</returns>
    public bool TryCopy(int number, Span<byte> destination)
    {
        new ReadOnlySpan<byte>(start + data + ((long)number * Each), Each).CopyTo(destination);
        Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(destination[..Each], sum);
        return sum[..SumLength].SequenceEqual(Entry(number)[FeatureKey.Length..]);
    }

    /// <summary>How long the file of so many pictures is.</summary>
    /// <param name="count">How many pictures.</param>
    /// <param name="each">Bytes of each one's features.</param>
    public static long LengthOf(int count, int each) => DataStart(count) + ((long)count * each);

    /// <summary>Writes a shard.</summary>
    /// <param name="path">The file to make; its folder must exist.</param>
    /// <param name="space">The fingerprint of what computed the features.</param>
    /// <param name="shape">Type, features a picture, numbers a feature.</param>
    /// <param name="entries">Keys and features.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> space, (ScalarType Type, int Tokens, int Width) shape, IReadOnlyList<(FeatureKey Key, byte[] Features)> entries)
    {
        var indexEnd = HeaderLength + (entries.Count * EntryLength);
        var begin = DataStart(entries.Count);
        var head = new byte[begin];
        Mark.CopyTo(head, 0);
        space.CopyTo(head.AsSpan(Mark.Length));
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(TypeAt), (int)shape.Type);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(TypeAt + 4), shape.Tokens);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(TypeAt + 8), shape.Width);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(TypeAt + 12), entries.Count);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(DataAt), begin);
        for (var k = 0; k < entries.Count; k++)
        {
            var entry = head.AsSpan(HeaderLength + (k * EntryLength), EntryLength);
            entries[k].Key.Write(entry);
            SHA256.HashData(entries[k].Features).AsSpan(0, SumLength).CopyTo(entry[FeatureKey.Length..]);
        }

        SHA256.HashData(head.AsSpan(0, indexEnd), head.AsSpan(indexEnd));
        WholeFile.Write(path, stream =>
        {
            stream.Write(head);
            foreach (var (_, features) in entries)
            {
                stream.Write(features);
            }
        });
    }

    /// <summary>Opens a shard and checks all but the features, each of which is checked when it is read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="space">The fingerprint that it must have.</param>
    /// <exception cref="CheckpointException">It is damaged, or is no shard of this space.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static FeatureShard Open(string path, ReadOnlySpan<byte> space)
    {
        var length = new FileInfo(path).Length;
        if (length < HeaderLength + SHA256.HashSizeInBytes)
        {
            throw Damaged(path, $"{length} bytes", "a header and its checksum");
        }

        var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        MemoryMappedViewAccessor? view = null;
        try
        {
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            var shard = new FeatureShard(path, file, view, start, new ReadOnlySpan<byte>(start, HeaderLength));
            shard.Check(length, space);
            return shard;
        }
        catch
        {
            view?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    private void Check(long length, ReadOnlySpan<byte> space)
    {
        if (!new ReadOnlySpan<byte>(start, Mark.Length).SequenceEqual(Mark))
        {
            throw Damaged(Path, "another beginning", "CLMFEAT1");
        }

        var indexEnd = HeaderLength + ((long)Count * EntryLength);
        if (Count < 0 || indexEnd + SHA256.HashSizeInBytes > Math.Min(length, int.MaxValue)
            || !SHA256.HashData(new ReadOnlySpan<byte>(start, (int)indexEnd)).AsSpan().SequenceEqual(new ReadOnlySpan<byte>(start + indexEnd, SHA256.HashSizeInBytes)))
        {
            throw Damaged(Path, "a list of pictures that is not what was written (its hash differs)", "the list as it was written");
        }

        if (!space.SequenceEqual(new ReadOnlySpan<byte>(start + Mark.Length, space.Length)))
        {
            throw Damaged(Path, "features of another tower, precision or preprocessing", "those of this stage's");
        }

        // What the hash vouches for can be computed with.
        if (length != data + ((long)Count * Each))
        {
            throw Damaged(Path, $"{length} bytes", $"{data + ((long)Count * Each)} bytes, as it was written");
        }
    }

    private static int DataStart(int count) => (HeaderLength + (count * EntryLength) + SHA256.HashSizeInBytes + Alignment - 1) / Alignment * Alignment;

    private ReadOnlySpan<byte> Entry(int number) => new(start + HeaderLength + ((long)number * EntryLength), EntryLength);

    private static CheckpointException Damaged(string path, string found, string expected) =>
        CheckpointException.At(path, null, found, expected, "Delete this file; its features are computed again.");
}
