using System.IO.MemoryMappedFiles;

namespace Collimate.Torch.Serialization;

/// <summary>One safetensors file mapped into memory, with a count of those who use it: its reader, and every tensor on it.</summary>
/// <remarks>Mapped copy-on-write and never read-only: a tensor that is changed in place then gets pages of its own, where a read-only page would end the process.</remarks>
internal sealed unsafe class MappedCheckpoint
{
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* data;
    private int users = 1;

    private MappedCheckpoint(string path, SafetensorsHeader header, MemoryMappedFile map)
    {
        (Path, Header, this.map) = (path, header, map);
        view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.CopyOnWrite);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        data = start + header.DataStart;
    }

    internal string Path { get; }

    internal SafetensorsHeader Header { get; }

    /// <summary>Opens and maps a file; the header is checked on the same open file that is mapped.</summary>
    /// <exception cref="CheckpointException">The file is absent, cannot be read, or is not sound.</exception>
    internal static MappedCheckpoint Open(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var header = SafetensorsHeader.Read(stream, path);
            return new MappedCheckpoint(path, header, MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: false));
        }
        catch (Exception failure)
        {
            stream?.Dispose();
            throw failure switch
            {
                FileNotFoundException or DirectoryNotFoundException =>
                    new CheckpointException($"{path}: there is no such file. Give the folder or file that holds the weights.", failure),
                UnauthorizedAccessException when Directory.Exists(path) =>
                    new CheckpointException($"{path}: this is a folder where a safetensors file is expected.", failure),
                IOException or UnauthorizedAccessException =>
                    new CheckpointException($"{path}: the file cannot be read: {failure.Message}", failure),
                CheckpointException => failure,
                _ => new CheckpointException($"{path}: the file cannot be opened: {failure.Message}", failure),
            };
        }
    }

    /// <summary>A tensor on the file's memory, which stays mapped as long as the tensor or any view of it lives.</summary>
    internal Tensor TensorAt(SafetensorsHeader.Entry entry)
    {
        if (entry.End == entry.Begin)
        {
            return Tensor.Zeros(entry.Shape, entry.Type);
        }

        var address = data + entry.Begin;
        if ((nint)address % entry.Type.Size() == 0)
        {
            Interlocked.Increment(ref users);
            try
            {
                return Tensor.FromMemory((nint)address, entry.Shape, entry.Type, Release);
            }
            catch
            {
                Release();
                throw;
            }
        }

        // Old writers did not align; such a tensor is copied.
        var copy = Tensor.Empty(entry.Shape, entry.Type);
        Buffer.MemoryCopy(address, (void*)copy.DataPointer, entry.End - entry.Begin, entry.End - entry.Begin);
        return copy;
    }

    /// <summary>One user less; the last one unmaps the file.</summary>
    internal void Release()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            map.Dispose();
        }
    }
}
