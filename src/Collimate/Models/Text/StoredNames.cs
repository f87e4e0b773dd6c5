using Collimate.Torch.Serialization;

namespace Collimate.Models.Text;

/// <summary>The names of a checkpoint's tensors, read before its model is made: some files tell only there what they hold.</summary>
internal static class StoredNames
{
    /// <summary>All names in a checkpoint folder; no values are read.</summary>
    /// <exception cref="CheckpointException">No weights are there, or a file is not sound.</exception>
    public static IReadOnlyList<string> Of(string folder)
    {
        using var reader = SafetensorsReader.OpenFolder(folder);
        return reader.Names;
    }
}
