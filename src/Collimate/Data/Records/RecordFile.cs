using Microsoft.Win32.SafeHandles;

namespace Collimate.Data.Records;

/// <summary>A file of records of which only the places are kept; a record is read when it is drawn. Safe to use from several threads.</summary>
internal sealed class RecordFile
{
    private readonly string path;
    private readonly string kind;
    private readonly List<(long Start, int Length)> places = [];
    private readonly (long Length, DateTime Written) stamp;

    private RecordFile(string path, string kind, (long Length, DateTime Written) stamp) => (this.path, this.kind, this.stamp) = (path, kind, stamp);

    /// <summary>How many records there are.</summary>
    internal int Count => places.Count;

    /// <summary>The file's absolute path.</summary>
    internal string Path => path;

    /// <summary>Opens a file and finds its records.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it is, for messages: <c>LLaVA JSON file</c>.</param>
    /// <param name="scan">Reads the stream and hands every record's place to the file.</param>
    /// <exception cref="DataException">The file is absent, unreadable or empty of records.</exception>
    internal static RecordFile Open(string path, string kind, Action<Stream, RecordFile> scan)
    {
        path = System.IO.Path.GetFullPath(path);
        if (!File.Exists(path))
        {
            throw new DataException(path, $"there is no such file; path must name a {kind}", DataFault.Source);
        }

        RecordFile file;
        try
        {
            file = new RecordFile(path, kind, Stamp(path));
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            scan(stream, file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the {kind} cannot be read: {failure.Message}", failure);
        }

        file.places.TrimExcess();
        return file;
    }

    /// <summary>Keeps where a record lies.</summary>
    internal void Add(long start, int length) => places.Add((start, length));

    /// <summary>Fails where there is nothing to draw from.</summary>
    internal RecordFile NotEmpty(string records = "records") =>
        Count > 0 ? this : throw new DataException(path, $"the file holds no {records}, so there is nothing to draw from", DataFault.Source);

    /// <summary>The bytes of a record.</summary>
    /// <exception cref="DataException">The file is no longer what it was when it was opened.</exception>
    internal byte[] Read(int number)
    {
        var (start, length) = places[number];
        try
        {
            using var file = File.OpenHandle(path);
            if (Stamp(path) != stamp)
            {
                throw new DataException(path, "the file has changed since it was opened; start again with the file as it is now", DataFault.Source);
            }

            var bytes = new byte[length];
            ReadFully(file, bytes, start);
            return bytes;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException(path, $"the {kind} cannot be read any more: {failure.Message}", DataFault.Source);
        }
    }

    /// <summary>Fills a span from a place of a file.</summary>
    internal static void ReadFully(SafeFileHandle file, Span<byte> bytes, long start)
    {
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(file, bytes[done..], start + done);
            done += read > 0 ? read : throw new EndOfStreamException("it ends earlier than it did when it was opened");
        }
    }

    /// <summary>By what a change of a file is noticed.</summary>
    internal static (long Length, DateTime Written) Stamp(string path)
    {
        var file = new FileInfo(path);
        return (file.Length, file.LastWriteTimeUtc);
    }
}
