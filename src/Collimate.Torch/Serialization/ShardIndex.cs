using System.Text.Json;

namespace Collimate.Torch.Serialization;

/// <summary>The index of a checkpoint in several files: which tensor lies in which shard.</summary>
/// <remarks>Source: <c>model.safetensors.index.json</c> as Hugging Face writes it: an object <c>weight_map</c> from names of tensors to names of files.</remarks>
internal sealed class ShardIndex
{
    internal const string FileName = "model.safetensors.index.json";

    private readonly string path;
    private readonly Dictionary<string, string> shardOf;

    private ShardIndex(string path, Dictionary<string, string> shardOf) => (this.path, this.shardOf) = (path, shardOf);

    /// <summary>The shards' paths, in ordinal order.</summary>
    internal IEnumerable<string> Shards =>
        shardOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(shard => Path.Combine(Path.GetDirectoryName(path)!, shard));

    /// <exception cref="CheckpointException">The file is no index, or names a shard outside its folder.</exception>
    internal static ShardIndex Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            {
                throw new CheckpointException($"{path} is not an index of shards: it has no object 'weight_map' from tensor names to files. Fetch it again.");
            }

            return new ShardIndex(path, map.EnumerateObject().ToDictionary(entry => entry.Name, entry => FileNameIn(entry, path), StringComparer.Ordinal));
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{path} is not an index of shards: {failure.Message}. Fetch it again.", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path}: the index of shards cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>Checks that every tensor lies where the index says.</summary>
    /// <exception cref="CheckpointException">A tensor is not in its shard.</exception>
    internal void Check(IReadOnlyDictionary<string, string> found)
    {
        var absent = shardOf.Where(entry => !found.TryGetValue(entry.Key, out var file) || Path.GetFileName(file) != entry.Value).Take(1).ToArray();
        if (absent is [var (name, shard)])
        {
            throw new CheckpointException($"{path}: the tensor '{name}' is not in {shard}, where the index says it is. The shards are not of one checkpoint; fetch them all again.");
        }
    }

    // A name with a folder in it could reach any file of this machine.
    private static string FileNameIn(JsonProperty entry, string path) =>
        entry.Value.ValueKind == JsonValueKind.String && entry.Value.GetString() is { Length: > 0 } shard && shard is not ("." or "..") && !shard.Contains('/') && !shard.Contains('\\') && !shard.Contains('\0')
            ? shard
            : throw new CheckpointException($"{path}: the tensor '{entry.Name}' is said to lie in {entry.Value}, which is not the name of a file beside the index.");
}
