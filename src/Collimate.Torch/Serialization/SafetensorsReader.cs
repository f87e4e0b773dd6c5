namespace Collimate.Torch.Serialization;

/// <summary>Reads safetensors files, one or several shards, mapped into memory: a tensor costs nothing until it is touched.</summary>
/// <remarks>Files are mapped copy-on-write, so that a tensor may be changed in place without the file noticing. Maps live as long as the last tensor on them.</remarks>
public sealed class SafetensorsReader : IDisposable
{
    private const string SingleName = "model.safetensors";

    private readonly Dictionary<string, (MappedCheckpoint File, SafetensorsHeader.Entry Entry)> tensors = new(StringComparer.Ordinal);
    private readonly List<MappedCheckpoint> files = [];
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private readonly string origin;

    private SafetensorsReader(string origin, IEnumerable<string> paths, ShardIndex? index = null)
    {
        this.origin = origin;
        try
        {
            foreach (var path in paths)
            {
                Add(MappedCheckpoint.Open(path));
            }

            index?.Check(tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.File.Path, StringComparer.Ordinal));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The names of all tensors, in ordinal order.</summary>
    public IReadOnlyList<string> Names => [.. tensors.Keys.Order(StringComparer.Ordinal)];

    /// <summary>What the files' writers noted.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Opens one file.</summary>
    /// <exception cref="CheckpointException">The file is absent or not sound.</exception>
    public static SafetensorsReader Open(string path) => new(path, [path]);

    /// <summary>Opens a checkpoint folder: <c>model.safetensors</c>, or the shards that <c>model.safetensors.index.json</c> names.</summary>
    /// <exception cref="CheckpointException">No weights are there, or a file is not sound.</exception>
    public static SafetensorsReader OpenFolder(string folder)
    {
        var indexPath = Path.Combine(folder, ShardIndex.FileName);
        if (File.Exists(indexPath))
        {
            var index = ShardIndex.Read(indexPath);
            return new SafetensorsReader(folder, index.Shards, index);
        }

        return new SafetensorsReader(folder, [Path.Combine(folder, SingleName)]);
    }

    /// <summary>Whether there is a tensor of this name.</summary>
    public bool Contains(string name) => tensors.ContainsKey(name);

    /// <summary>A tensor's shape and type, without touching its data.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public (long[] Shape, ScalarType Type) Describe(string name)
    {
        var entry = Find(name).Entry;
        return ([.. entry.Shape], entry.Type);
    }

    /// <summary>One tensor, on the mapped file's memory.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public Tensor Read(string name)
    {
        var (file, entry) = Find(name);
        return file.TensorAt(entry);
    }

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, Tensor> ReadAll() => tensors.Keys.ToDictionary(name => name, Read, StringComparer.Ordinal);

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

    private void Add(MappedCheckpoint file)
    {
        files.Add(file);
        foreach (var (key, value) in file.Header.Metadata)
        {
            metadata[key] = value;
        }

        foreach (var (name, entry) in file.Header.Entries)
        {
            if (!tensors.TryAdd(name, (file, entry)))
            {
                throw new CheckpointException($"{file.Path}: the tensor '{name}' also stands in {tensors[name].File.Path}, another shard of the same checkpoint. Fetch the checkpoint again.");
            }
        }
    }

    private (MappedCheckpoint File, SafetensorsHeader.Entry Entry) Find(string name) => tensors.TryGetValue(name, out var place)
        ? place
        : throw new CheckpointException(files.Count == 0
            ? $"{origin}: the reader has been disposed; read '{name}' before."
            : $"{origin}: there is no tensor '{name}' among its {tensors.Count}. Is this the checkpoint of another model?");
}
