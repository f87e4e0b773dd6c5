using System.IO.MemoryMappedFiles;

namespace Collimate.Torch.Serialization;

/// <summary>Reads safetensors files, one or several shards, mapped into memory: a tensor costs nothing until it is touched.</summary>
/// <remarks>Files are mapped copy-on-write, so that a tensor may be changed in place without the file noticing. Maps live as long as the last tensor on them.</remarks>
public sealed class SafetensorsReader : IDisposable
{
    private const string SingleName = "model.safetensors";

    private readonly Dictionary<string, (MappedFile File, SafetensorsHeader.Entry Entry)> tensors = new(StringComparer.Ordinal);
    private readonly List<MappedFile> files = [];
    private readonly Dictionary<string, string> metadata = [];

    private bool disposed;

    private SafetensorsReader(IEnumerable<string> paths)
    {
        try
        {
            foreach (var path in paths)
            {
                Add(path);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The names of all tensors, in ordinal order.</summary>
    public IReadOnlyList<string> Names => [.. tensors.Keys.Order(StringComparer.Ordinal)];

    /// <summary>How many numbers all tensors hold together.</summary>
    public long ElementCount => tensors.Values.Sum(place => (place.Entry.End - place.Entry.Begin) / place.Entry.Type.Size());

    /// <summary>What the files' writers noted.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Opens one file.</summary>
    /// <exception cref="CheckpointException">The file is absent or not sound.</exception>
    public static SafetensorsReader Open(string path) => new([path]);

    /// <summary>Opens a checkpoint folder: <c>model.safetensors</c>, or the shards that <c>model.safetensors.index.json</c> names.</summary>
    /// <exception cref="CheckpointException">No weights are there, or a file is not sound.</exception>
    public static SafetensorsReader OpenFolder(string folder)
    {
        var index = Path.Combine(folder, ShardIndex.FileName);
        if (!File.Exists(index))
        {
            return new([Path.Combine(folder, SingleName)]);
        }

        var shards = ShardIndex.Read(index);
        var reader = new SafetensorsReader(shards.Values.Distinct().Order(StringComparer.Ordinal).Select(shard => Path.Combine(folder, shard)));
        foreach (var (name, shard) in shards)
        {
            if (!reader.tensors.TryGetValue(name, out var place) || Path.GetFileName(place.File.Path) != shard)
            {
                reader.Dispose();
                throw CheckpointException.At(Path.Combine(folder, shard), name, "no such tensor", $"it there, as {index} says", "Index and shards belong to different checkpoints: fetch them again.");
            }
        }

        return reader;
    }

    /// <summary>One tensor, on the mapped file's memory.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    /// <exception cref="ObjectDisposedException">The reader has let go of its files.</exception>
    public Tensor Read(string name)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (!tensors.TryGetValue(name, out var place))
        {
            var near = Names.Where(other => other.EndsWith(name, StringComparison.Ordinal) || name.EndsWith(other, StringComparison.Ordinal)).Take(3).ToArray();
            throw CheckpointException.At(
                string.Join(", ", files.Select(f => f.Path)), name, $"no such tensor among {tensors.Count}", near.Length > 0 ? $"perhaps {string.Join(" or ", near)}" : null,
                "Use the weights that belong to the model.");
        }

        return place.File.TensorAt(place.Entry);
    }

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, Tensor> ReadAll() => tensors.Keys.ToDictionary(name => name, Read);

    /// <summary>What the headers say of all tensors, in ordinal order of their names; no weight is touched.</summary>
    public IReadOnlyList<StoredTensor> Describe() =>
        [.. tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => new StoredTensor(entry.Key, entry.Value.Entry.Type, entry.Value.Entry.Shape, entry.Value.File.Path))];

    /// <summary>Lets go of the files; tensors already read stay valid.</summary>
    public void Dispose()
    {
        disposed = true;
        foreach (var file in files)
        {
            file.Release();
        }

        files.Clear();
        tensors.Clear();
    }

    private void Add(string path)
    {
        var (file, header) = Open(path, stream =>
        {
            var header = SafetensorsHeader.Read(stream, path);
            return (new MappedFile(path, stream, header.DataStart), header);
        });
        files.Add(file);
        foreach (var (key, value) in header.Metadata)
        {
            metadata[key] = value;
        }

        foreach (var (name, entry) in header.Entries)
        {
            if (!tensors.TryAdd(name, (file, entry)))
            {
                throw CheckpointException.At(path, name, $"it, and in {tensors[name].File.Path} too", "every tensor in one shard only", "Fetch the checkpoint again.");
            }
        }
    }

    private static T Open<T>(string path, Func<FileStream, T> read)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return read(stream);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CheckpointException.At(path, null, "no such file", "a safetensors file", "Give the folder or file that holds the weights.", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CheckpointException.At(path, null, $"a file that cannot be read ({failure.Message.TrimEnd('.')})", "a safetensors file", "Give a file that this user may read.", failure);
        }
    }

    /// <summary>A mapped file with a count of those who use it: the reader, and every tensor on it.</summary>
    private sealed unsafe class MappedFile
    {
        private readonly MemoryMappedFile map;
        private readonly MemoryMappedViewAccessor view;
        private readonly byte* data;
        private int users = 1;

        // Of the very file whose header was read, even where another has taken its name meanwhile.
        internal MappedFile(string path, FileStream stream, long dataStart)
        {
            Path = path;
            map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: true);
            view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.CopyOnWrite);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            data = start + dataStart;
        }

        internal string Path { get; }

        internal Tensor TensorAt(SafetensorsHeader.Entry entry)
        {
            if (entry.End == entry.Begin)
            {
                return Tensor.Zeros(entry.Shape, entry.Type);
            }

            var address = (nint)(data + entry.Begin);
            if (address % entry.Type.Size() == 0)
            {
                var tensor = Tensor.FromMemory(address, entry.Shape, entry.Type, Release);
                Interlocked.Increment(ref users);
                return tensor;
            }

            // Old writers did not align; such a tensor is copied.
            var copy = Tensor.Empty(entry.Shape, entry.Type);
            Buffer.MemoryCopy((void*)address, (void*)copy.DataPointer, entry.End - entry.Begin, entry.End - entry.Begin);
            return copy;
        }

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
}
