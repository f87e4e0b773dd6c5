using System.IO.MemoryMappedFiles;
using System.Text.Json;

namespace Collimate.Torch.Serialization;

/// <summary>Reads safetensors files, one or several shards, mapped into memory: a tensor costs nothing until it is touched.</summary>
/// <remarks>Files are mapped copy-on-write, so that a tensor may be changed in place without the file noticing. Maps live as long as the last tensor on them.</remarks>
public sealed class SafetensorsReader : IDisposable
{
    private const string IndexName = "model.safetensors.index.json";
    private const string SingleName = "model.safetensors";

    private readonly Dictionary<string, (MappedFile File, SafetensorsHeader.Entry Entry)> tensors = new(StringComparer.Ordinal);
    private readonly List<MappedFile> files = [];
    private readonly Dictionary<string, string> metadata = [];

    private SafetensorsReader(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            var header = SafetensorsHeader.Read(path);
            var file = new MappedFile(path, header.DataStart);
            files.Add(file);
            foreach (var (key, value) in header.Metadata)
            {
                metadata[key] = value;
            }

            foreach (var (name, entry) in header.Entries)
            {
                if (!tensors.TryAdd(name, (file, entry)))
                {
                    throw new CheckpointException($"{path}: the tensor '{name}' stands in two shards of one checkpoint. Fetch the checkpoint again.");
                }
            }
        }
    }

    /// <summary>The names of all tensors, in ordinal order.</summary>
    public IReadOnlyList<string> Names => [.. tensors.Keys.Order(StringComparer.Ordinal)];

    /// <summary>What the files' writers noted.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Opens one file.</summary>
    /// <exception cref="CheckpointException">The file is absent or not sound.</exception>
    public static SafetensorsReader Open(string path) => new([path]);

    /// <summary>Opens a checkpoint folder: <c>model.safetensors</c>, or the shards that <c>model.safetensors.index.json</c> names.</summary>
    /// <exception cref="CheckpointException">No weights are there, or a file is not sound.</exception>
    public static SafetensorsReader OpenFolder(string folder)
    {
        var index = Path.Combine(folder, IndexName);
        if (!File.Exists(index))
        {
            return new([Path.Combine(folder, SingleName)]);
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(index));
            var shards = document.RootElement.GetProperty("weight_map").EnumerateObject().Select(e => e.Value.GetString()!).Distinct().Order(StringComparer.Ordinal);
            return new(shards.Select(shard => Path.GetFileName(shard) == shard
                ? Path.Combine(folder, shard)
                : throw new CheckpointException($"{index}: the shard '{shard}' does not lie in the checkpoint's own folder.")));
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CheckpointException($"{index} is not an index of shards: {failure.Message}. It needs a 'weight_map' from tensor names to files.", failure);
        }
    }

    /// <summary>One tensor, on the mapped file's memory.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public Tensor Read(string name)
    {
        if (!tensors.TryGetValue(name, out var place))
        {
            throw new CheckpointException($"{string.Join(", ", files.Select(f => f.Path))}: there is no tensor '{name}'.");
        }

        return place.File.TensorAt(place.Entry);
    }

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, Tensor> ReadAll() => tensors.Keys.ToDictionary(name => name, Read);

    /// <summary>Lets go of the files; tensors already read stay valid.</summary>
    public void Dispose()
    {
        foreach (var file in files)
        {
            file.Release();
        }

        files.Clear();
        tensors.Clear();
    }

    /// <summary>A mapped file with a count of those who use it: the reader, and every tensor on it.</summary>
    private sealed unsafe class MappedFile
    {
        private readonly MemoryMappedFile map;
        private readonly MemoryMappedViewAccessor view;
        private readonly byte* data;
        private int users = 1;

        internal MappedFile(string path, long dataStart)
        {
            Path = path;
            map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.CopyOnWrite);
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
                Interlocked.Increment(ref users);
                return Tensor.FromMemory(address, entry.Shape, entry.Type, Release);
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
