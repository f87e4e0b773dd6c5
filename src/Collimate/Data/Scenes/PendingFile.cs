namespace Collimate.Data.Scenes;

/// <summary>A file that is being written under a temporary name; without <see cref="Commit"/> nothing of it remains.</summary>
internal sealed class PendingFile : IDisposable
{
    private readonly string path;
    private readonly string temporary;
    private bool committed;

    internal PendingFile(string path)
    {
        this.path = path;
        temporary = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():n}.tmp";
        Stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
    }

    internal FileStream Stream { get; }

    /// <summary>Flushes to disk and gives the file its name, replacing what had it.</summary>
    internal void Commit()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(temporary, path, overwrite: true);
        committed = true;
    }

    public void Dispose()
    {
        Stream.Dispose();
        if (!committed)
        {
            File.Delete(temporary);
        }
    }
}
