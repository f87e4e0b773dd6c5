using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using Collimate.Data;

namespace Collimate.Semantics.Labels;

/// <summary>A finished file of labels, mapped into memory: the words of every patch of many pictures, found by a picture's contents. Safe to use from many threads.</summary>
/// <remarks>Laid out as <c>LabelLayout</c> describes. Head and end are checked when it is opened, every record when it is read.</remarks>
public sealed unsafe class LabelFile : IDisposable
{
    private const int HashedAtOnce = 1 << 24;

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private readonly long records;
    private readonly long entries;
    private readonly LabelLayout layout;

    private LabelFile(string path, MemoryMappedFile file, MemoryMappedViewAccessor view, byte* start, LabelOrigin origin, WordList words, int headerLength)
    {
        (Path, this.file, this.view, Origin, Words) = (path, file, view, origin, words);
        this.start = start;
        layout = new LabelLayout(origin, words.Count);
        records = headerLength;
        Count = CheckedCount((long)view.SafeMemoryMappedViewHandle.ByteLength);
        entries = records + (Count * layout.RecordLength);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the labels come from.</summary>
    public LabelOrigin Origin { get; }

    /// <summary>The words that the labels are numbered by.</summary>
    public WordList Words { get; }

    /// <summary>How many pictures.</summary>
    public long Count { get; }

    /// <summary>Opens a file and checks its head and its end.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">It is absent, no file of labels, damaged, or not finished.</exception>
    public static LabelFile Open(string path)
    {
        try
        {
            LabelOrigin origin;
            WordList words;
            int header;
            long length;
            using (var stream = File.OpenRead(path))
            {
                (origin, words, header) = LabelLayout.ReadHeader(stream, path);
                length = stream.Length;
            }

            var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            MemoryMappedViewAccessor? view = null;
            byte* start = null;
            try
            {
                view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
                view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
                return new LabelFile(path, file, view, start, origin, words, header);
            }
            catch
            {
                if (start is not null)
                {
                    view!.SafeMemoryMappedViewHandle.ReleasePointer();
                }

                view?.Dispose();
                file.Dispose();
                throw;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            var partial = File.Exists(LabelWriter.PartialOf(path)) ? $" There is {LabelWriter.PartialOf(path)}: its labelling was not finished; run the same command again." : "";
            throw new DataException($"{path}: the file of labels cannot be read ({failure.Message.TrimEnd('.')}). Make it with 'collimate label'.{partial}", failure);
        }
    }

    /// <summary>The labels of a picture.</summary>
    /// <param name="hash">The hash of its contents, 32 bytes.</param>
    /// <returns>Its labels, or null where it has none in this file.</returns>
    /// <exception cref="DataException">What is there is not what was written.</exception>
    public PatchLabels? Find(ReadOnlySpan<byte> hash) => NumberOf(hash) is { } number ? layout.Labels(Record(number)) : null;

    /// <summary>The labels of a picture by its number, and the mean of its patches as they were compared.</summary>
    /// <param name="number">The number, in the order in which pictures were labelled.</param>
    /// <exception cref="DataException">What is there is not what was written.</exception>
    public (PatchLabels Labels, float[] Mean) At(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Count);
        var record = Record(number);
        return (layout.Labels(record), layout.Mean(record));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    private ReadOnlySpan<byte> Record(long number)
    {
        var record = new ReadOnlySpan<byte>(start + records + (number * layout.RecordLength), layout.RecordLength);
        return LabelLayout.IsSound(record)
            ? record
            : throw new DataException(Path, $"the labels of picture {number} are not what was written (their hash differs); check the disk, and make the file anew with 'collimate label'");
    }

    // Bisection over the end's entries, which are sorted by hash.
    private long? NumberOf(ReadOnlySpan<byte> hash)
    {
        var (low, high) = (0L, Count - 1);
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            var entry = new ReadOnlySpan<byte>(start + entries + (middle * LabelLayout.EntryLength), LabelLayout.EntryLength);
            var order = entry[..LabelLayout.KeyLength].SequenceCompareTo(hash);
            if (order == 0)
            {
                return BinaryPrimitives.ReadUInt32LittleEndian(entry[LabelLayout.KeyLength..]);
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    private long CheckedCount(long length)
    {
        var rest = length - records;
        if (rest < LabelLayout.TrailerLength)
        {
            throw Unfinished();
        }

        var trailer = new ReadOnlySpan<byte>(start + length - LabelLayout.TrailerLength, LabelLayout.TrailerLength);
        var count = BinaryPrimitives.ReadInt64LittleEndian(trailer);
        var each = (long)layout.RecordLength + LabelLayout.EntryLength;
        if (!trailer.Slice(8, 8).SequenceEqual(LabelLayout.EndMark) || count < 0 || count > rest / each || rest != (count * each) + LabelLayout.TrailerLength)
        {
            throw Unfinished();
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var end = length - SHA256.HashSizeInBytes;
        for (var at = records + (count * layout.RecordLength); at < end; at += HashedAtOnce)
        {
            hash.AppendData(new ReadOnlySpan<byte>(start + at, (int)Math.Min(HashedAtOnce, end - at)));
        }

        return hash.GetHashAndReset().AsSpan().SequenceEqual(trailer[16..]) ? count : throw new DataException(
            Path, "the index of this file of labels is not what was written (its hash differs); check the disk, and make the file anew with 'collimate label'");
    }

    private DataException Unfinished() => new(
        Path, "this file of labels is cut off: it does not end as it was written. Copy it again, or make it anew with 'collimate label'");
}
