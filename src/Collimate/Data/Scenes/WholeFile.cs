namespace Collimate.Data.Scenes;

/// <summary>Writes files that are either whole or absent: to a temporary name beside the target, flushed to disk, then renamed.</summary>
internal static class WholeFile
{
    internal static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = new PendingFile(path);
        file.Stream.Write(bytes);
        file.Commit();
    }
}
