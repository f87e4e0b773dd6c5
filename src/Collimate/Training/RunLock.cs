namespace Collimate.Training;

/// <summary>Keeps two trainings out of one folder: they would take each other's checkpoints for their own.</summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream file;

    private RunLock(FileStream file) => this.file = file;

    /// <summary>Takes a run's folder for this process; it is free again when the lock is released or the process ends, however it ends.</summary>
    /// <exception cref="CollimateException">Another process trains there.</exception>
    public static RunLock Take(string folder)
    {
        var path = Path.Combine(Directory.CreateDirectory(folder).FullName, ".lock");
        try
        {
            return new RunLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose));
        }
        catch (IOException failure) when (File.Exists(path))
        {
            throw new RunException($"{folder}: another process is training in this folder. Wait for it, stop it, or give another folder with --out.", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
