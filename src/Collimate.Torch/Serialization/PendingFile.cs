namespace Collimate.Torch.Serialization;

/// <summary>A file that is being written under a temporary name; without <see cref="Commit"/> nothing of it remains.</summary>
public sealed class PendingFile : IDisposable
{
    private readonly string path;
    private readonly string temporary;
    private bool committed;

    /// <summary>Begins a file.</summary>
    /// <param name="path">The file to make or replace; its folder must exist.</param>
    /// <exception cref="IOException">The folder is absent or full.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    public PendingFile(string path)
    {
        this.path = path;
        // Of this call alone: whoever fails removes only what is its own.
        temporary = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():n}.tmp";
        Stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
    }

    /// <summary>What is written goes here.</summary>
    public FileStream Stream { get; }

    /// <summary>Flushes to disk and gives the file its name, replacing what had it.</summary>
    public void Commit()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(temporary, path, overwrite: true);
        committed = true;
    }

    /// <summary>Removes the file where it was not committed.</summary>
    public void Dispose()
    {
        Stream.Dispose();
        if (!committed)
        {
            File.Delete(temporary);
        }
    }
}
