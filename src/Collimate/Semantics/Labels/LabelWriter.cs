using System.Buffers.Binary;
using System.Security.Cryptography;
using Collimate.Data;
using Collimate.Training.Features;

namespace Collimate.Semantics.Labels;

/// <summary>Writes a file of labels, picture after picture. What was written is kept when the process dies, however it dies; the next goes on after the last whole record.</summary>
/// <remarks>Records are appended to <c>FILE.partial</c>, which gets its end and its name when all pictures are labelled: a file under its own name is whole.</remarks>
public sealed class LabelWriter : IDisposable
{
    private const string Ending = ".partial";

    private readonly string path;
    private readonly LabelOrigin origin;
    private readonly LabelLayout layout;
    private readonly byte[] header;
    private readonly byte[] record;
    private readonly List<FeatureKey> order = [];
    private readonly HashSet<FeatureKey> known = [];
    private FileStream? stream; // null while nothing is to be added to a finished file

    private LabelWriter(string path, LabelOrigin origin, WordList words)
    {
        (this.path, this.origin) = (path, origin);
        layout = new LabelLayout(origin, words.Count);
        header = LabelLayout.Header(origin, words);
        record = new byte[layout.RecordLength];
    }

    /// <summary>How many pictures are labelled.</summary>
    public int Count => order.Count;

    /// <summary>Where an unfinished file lies.</summary>
    /// <param name="path">The file's own name.</param>
    public static string PartialOf(string path) => path + Ending;

    /// <summary>Begins a file, or goes on with one that was not finished, or with a finished one that more pictures are to come to.</summary>
    /// <param name="path">The file; its folder is made where absent.</param>
    /// <param name="origin">Where the labels come from.</param>
    /// <param name="words">The words.</param>
    /// <exception cref="DataException">What is there has labels of another origin, or another process writes it, or it cannot be written.</exception>
    public static LabelWriter Open(string path, LabelOrigin origin, WordList words)
    {
        var writer = new LabelWriter(path, origin, words);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            if (File.Exists(PartialOf(path)))
            {
                writer.Resume();
            }
            else if (File.Exists(path))
            {
                writer.Extend();
            }
            else
            {
                writer.Begin(writer.OpenPartial());
            }

            return writer;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            writer.Dispose();
            throw new DataException($"{path}: the labels cannot be written ({failure.Message.TrimEnd('.')}). Where another labelling writes this file, wait for it; else name a file that this user may write.", failure);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Whether a picture is labelled.</summary>
    /// <param name="hash">The hash of its contents, 32 bytes.</param>
    public bool Contains(ReadOnlySpan<byte> hash) => known.Contains(FeatureKey.Of(hash, 0));

    /// <summary>Adds a picture that is not labelled yet.</summary>
    /// <param name="hash">The hash of its contents, 32 bytes.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="mean">The mean of its patches as they were compared.</param>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public void Add(ReadOnlySpan<byte> hash, PatchLabels labels, ReadOnlySpan<float> mean)
    {
        if (!known.Add(FeatureKey.Of(hash, 0)))
        {
            throw new InvalidOperationException("the picture is labelled already");
        }

        if (stream is null)
        {
            Reopen();
        }

        layout.Write(record, hash, labels, mean);
        stream!.Write(record);
        order.Add(FeatureKey.Of(hash, 0));
    }

    /// <summary>Hands to the system what was added, so that it outlives the process.</summary>
    public void Flush() => stream?.Flush();

    /// <summary>Writes the end, brings everything to the disk and gives the file its name.</summary>
    /// <exception cref="IOException">The disk is full, or fails; what was added stays for the next run.</exception>
    public void Finish()
    {
        if (stream is null)
        {
            return;
        }

        stream.Write(End());
        stream.Flush(flushToDisk: true);
        stream.Dispose();
        stream = null;
        File.Move(PartialOf(path), path, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose() => stream?.Dispose();

    private void Begin(FileStream partial)
    {
        stream = partial;
        partial.SetLength(0);
        partial.Write(header);
        partial.Flush();
    }

    private void Resume()
    {
        stream = OpenPartial();
        if (!HeadIsWhole())
        {
            Begin(stream);
            return;
        }

        stream.Position = 0;
        Check(LabelLayout.ReadHeader(stream, PartialOf(path)).Origin, origin, PartialOf(path));
        stream.Position = header.Length;
        while (stream.ReadAtLeast(record, record.Length, throwOnEndOfStream: false) == record.Length && LabelLayout.IsSound(record))
        {
            Know();
        }

        stream.SetLength(header.Length + ((long)order.Count * record.Length));
        stream.Position = stream.Length;
        if (File.Exists(path))
        {
            // A finished file was being added to: what was not copied yet is not lost.
            foreach (var finished in Finished().Where(finished => !Contains(finished.AsSpan(0, LabelLayout.KeyLength))))
            {
                Know();
                stream.Write(finished);
            }
        }
    }

    private void Extend()
    {
        foreach (var _ in Finished())
        {
            Know();
        }
    }

    // A finished file that more comes to: its records are the first of the new one.
    private void Reopen()
    {
        Begin(OpenPartial());
        foreach (var finished in Finished())
        {
            stream!.Write(finished);
        }
    }

    // The records of the finished file, one after the other in the same buffer.
    private IEnumerable<byte[]> Finished()
    {
        long count;
        using (var finished = LabelFile.Open(path))
        {
            Check(finished.Origin, origin, path);
            count = finished.Count;
        }

        using var input = File.OpenRead(path);
        input.Position = header.Length;
        for (var k = 0L; k < count; k++)
        {
            input.ReadExactly(record);
            yield return LabelLayout.IsSound(record)
                ? record
                : throw new DataException(path, $"the labels of picture {k} are not what was written (their hash differs); check the disk, and delete the file to make it anew");
        }
    }

    private void Know()
    {
        var key = FeatureKey.Of(record, 0);
        known.Add(key);
        order.Add(key);
    }

    private bool HeadIsWhole()
    {
        // Killed while it wrote its first bytes: what there is of a head is the beginning of ours.
        var there = new byte[(int)Math.Min(stream!.Length, header.Length)];
        stream.ReadExactly(there);
        return there.Length == header.Length || !header.AsSpan().StartsWith(there);
    }

    private FileStream OpenPartial() => new(PartialOf(path), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16);

    private byte[] End()
    {
        var end = new byte[checked((order.Count * LabelLayout.EntryLength) + LabelLayout.TrailerLength)];
        foreach (var (place, (key, number)) in order.Select((key, number) => (Key: key, Number: number)).OrderBy(entry => entry.Key.High).ThenBy(entry => entry.Key.Low).Index())
        {
            var entry = end.AsSpan(place * LabelLayout.EntryLength, LabelLayout.EntryLength);
            BinaryPrimitives.WriteUInt128BigEndian(entry, key.High);
            BinaryPrimitives.WriteUInt128BigEndian(entry[16..], key.Low);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[LabelLayout.KeyLength..], (uint)number);
        }

        var trailer = end.AsSpan(order.Count * LabelLayout.EntryLength);
        BinaryPrimitives.WriteInt64LittleEndian(trailer, order.Count);
        LabelLayout.EndMark.CopyTo(trailer[8..]);
        SHA256.HashData(end.AsSpan(0, end.Length - SHA256.HashSizeInBytes), trailer[16..]);
        return end;
    }

    private static void Check(LabelOrigin found, LabelOrigin wanted, string path)
    {
        if (found.DifferencesFrom(wanted) is { Count: > 0 } differences)
        {
            throw new DataException(path, $"has labels of another kind: {string.Join("; ", differences)}. Give another file with --out, or delete this one.");
        }
    }
}
