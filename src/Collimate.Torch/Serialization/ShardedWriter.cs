using System.Text.Json;

namespace Collimate.Torch.Serialization;

/// <summary>Writes a checkpoint's tensors to a folder: as one file, or as several with an index where one would be too large.</summary>
/// <remarks>File names and index are those of Hugging Face's <c>save_pretrained</c>.</remarks>
public static class ShardedWriter
{
    private const string SingleName = "model.safetensors";
    private const string ShardPattern = "model-*-of-*.safetensors";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes the tensors. What an earlier checkpoint of another number of files left in the folder is removed when the new one is whole.</summary>
    /// <param name="folder">The folder; must exist.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="type">The type in which floating-point tensors are stored; a shard at a time is converted.</param>
    /// <param name="maxShardBytes">The most bytes of tensors in a file; a single larger tensor has a file of its own.</param>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public static void Write(string folder, IReadOnlyDictionary<string, Tensor> tensors, ScalarType type, long maxShardBytes = long.MaxValue)
    {
        var shards = Split(tensors, type, maxShardBytes);
        var written = new HashSet<string>();
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var number = 0; number < shards.Count; number++)
        {
            var file = shards.Count == 1 ? SingleName : $"model-{number + 1:D5}-of-{shards.Count:D5}.safetensors";
            using var scope = new TensorScope();
            using var off = GradMode.Disable();
            var converted = shards[number].ToDictionary(name => name, name => tensors[name].Type.IsFloatingPoint() ? tensors[name].To(type) : tensors[name]);
            SafetensorsWriter.Write(Path.Combine(folder, file), converted, new Dictionary<string, string> { ["format"] = "pt" });
            written.Add(file);
            foreach (var name in shards[number])
            {
                map[name] = file;
            }
        }

        var index = Path.Combine(folder, ShardIndex.FileName);
        if (shards.Count > 1)
        {
            WriteIndex(index, map, tensors.Values.Sum(tensor => Bytes(tensor, type)));
        }
        else
        {
            File.Delete(index);
        }

        foreach (var old in Directory.GetFiles(folder, ShardPattern).Append(Path.Combine(folder, SingleName)).Where(old => !written.Contains(Path.GetFileName(old))))
        {
            File.Delete(old);
        }
    }

    private static List<List<string>> Split(IReadOnlyDictionary<string, Tensor> tensors, ScalarType type, long maxShardBytes)
    {
        var shards = new List<List<string>> { new() };
        var filled = 0L;
        foreach (var (name, tensor) in tensors)
        {
            var bytes = Bytes(tensor, type);
            if (filled > 0 && bytes > maxShardBytes - filled)
            {
                shards.Add([]);
                filled = 0;
            }

            shards[^1].Add(name);
            filled += bytes;
        }

        return shards;
    }

    private static long Bytes(Tensor tensor, ScalarType type) => tensor.ElementCount * (tensor.Type.IsFloatingPoint() ? type : tensor.Type).Size();

    private static void WriteIndex(string path, SortedDictionary<string, string> map, long bytes)
    {
        WholeFile.Write(path, stream =>
        {
            JsonSerializer.Serialize(stream, new { metadata = new { total_size = bytes }, weight_map = map }, Indented);
            stream.WriteByte((byte)'\n');
        });
        DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
