namespace Collimate.Torch.Serialization;

/// <summary>Writes files that are either whole or absent: to a temporary name beside the target, flushed to disk, then renamed.</summary>
public static class WholeFile
{
    /// <summary>Writes a file at once.</summary>
    /// <param name="path">The file to make or replace; its folder must exist.</param>
    /// <param name="bytes">What it holds.</param>
    /// <exception cref="IOException">The file cannot be written; what had its name is as it was.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = new PendingFile(path);
        file.Stream.Write(bytes);
        file.Commit();
    }

    /// <summary>Writes a file piece by piece.</summary>
    /// <param name="path">The file to make or replace; its folder must exist.</param>
    /// <param name="write">Writes what it holds.</param>
    /// <exception cref="IOException">The file cannot be written; what had its name is as it was.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        using var file = new PendingFile(path);
        write(file.Stream);
        file.Commit();
    }
}
