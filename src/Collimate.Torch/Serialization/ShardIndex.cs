using System.Text.Json;

namespace Collimate.Torch.Serialization;

/// <summary>The file that says which shard of a checkpoint holds which tensor.</summary>
internal static class ShardIndex
{
    internal const string FileName = "model.safetensors.index.json";

    private const string Mend = "Fetch the index again.";
    private const int LongestName = 255; // what file systems allow
    private const long LargestFile = 256 << 20;

    /// <summary>The shard's file name for every tensor's name.</summary>
    /// <exception cref="CheckpointException">The file is not an index, or names a file outside its folder.</exception>
    internal static IReadOnlyDictionary<string, string> Read(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            if (length > LargestFile)
            {
                throw CheckpointException.At(path, null, $"{length} bytes", $"{LargestFile} at most", Mend);
            }

            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            {
                throw CheckpointException.At(path, null, "JSON without an object 'weight_map'", "a 'weight_map' from tensor names to files", Mend);
            }

            return map.EnumerateObject().ToDictionary(entry => entry.Name, entry => Shard(entry, path), StringComparer.Ordinal);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw CheckpointException.At(path, null, $"no valid JSON ({failure.Message.TrimEnd('.')})", "an index of shards", Mend, failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CheckpointException.At(path, null, $"a file that cannot be read ({failure.Message.TrimEnd('.')})", "an index of shards", "Give a file that this user may read.", failure);
        }
    }

    // An index is not trusted to reach files elsewhere.
    private static string Shard(JsonProperty entry, string path)
    {
        var shard = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "";
        return shard.Length is > 0 and <= LongestName && shard is not ("." or "..") && shard.IndexOfAny(['/', '\\', '\0']) < 0
            ? shard
            : throw CheckpointException.At(path, Shortened(entry.Name), $"the shard {Shortened(entry.Value.GetRawText())}", "the name of a file in the checkpoint's own folder", Mend);
    }

    private static string Shortened(string text) => text.Length > LongestName ? text[..LongestName] + "…" : text;
}
