namespace Collimate.Torch.Tests.Serialization;

/// <summary>A folder of its own for a test, gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string path = Directory.CreateTempSubdirectory("collimate-").FullName;

    internal string this[string name] => Path.Combine(path, name);

    internal string Root => path;

    public void Dispose() => Directory.Delete(path, recursive: true);
}
