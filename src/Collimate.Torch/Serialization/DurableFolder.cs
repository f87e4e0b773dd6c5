using System.Runtime.InteropServices;

namespace Collimate.Torch.Serialization;

/// <summary>Brings a folder's entries onto the disk, so that a renamed file keeps its new name through a power failure.</summary>
internal static partial class DurableFolder
{
    // O_RDONLY | O_CLOEXEC, the same on every Linux that .NET runs on.
    private const int ReadOnly = 0x80000;

    /// <summary>Flushes a folder; where the system or the file system cannot, nothing happens, as the files themselves are safe already.</summary>
    internal static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var descriptor = open(folder, ReadOnly);
        if (descriptor >= 0)
        {
            _ = fsync(descriptor);
            _ = close(descriptor);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
