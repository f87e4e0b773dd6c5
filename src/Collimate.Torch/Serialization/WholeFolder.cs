using System.Security.Cryptography;
using System.Text.Json;

namespace Collimate.Torch.Serialization;

/// <summary>
/// Folders that are either whole or absent: filled under a temporary name beside the target, every file brought onto the disk, its length and hash noted in a manifest,
/// and only then renamed.
/// </summary>
public static class WholeFolder
{
    private const string ManifestFile = "manifest.json";
    private const string Unfinished = ".writing-";

    /// <summary>Writes a folder.</summary>
    /// <param name="target">The folder; one of that name is replaced.</param>
    /// <param name="fill">Fills the folder whose path it is given.</param>
    public static void Write(string target, Action<string> fill)
    {
        var parent = Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!).FullName;
        RemoveUnfinished(parent);
        var temporary = Path.Combine(parent, $"{Unfinished}{Environment.ProcessId}-{Path.GetFileName(target)}");
        try
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            WriteManifest(temporary);
            foreach (var folder in Directory.GetDirectories(temporary, "*", SearchOption.AllDirectories).Append(temporary))
            {
                DurableFolder.Flush(folder);
            }

            Replace(temporary, target);
            DurableFolder.Flush(parent);
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    /// <summary>Looks whether a folder is as it was written.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="CheckpointException">A file is missing or not what it was; the message names it.</exception>
    public static void Verify(string folder)
    {
        foreach (var (name, expected) in ReadManifest(folder))
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path))
            {
                throw CheckpointException.At(path, null, "no such file", "the file that was written there", "Delete this folder to go on from an older one.");
            }

            var length = new FileInfo(path).Length;
            if (length != expected.Length)
            {
                throw CheckpointException.At(path, null, $"{length} bytes", $"{expected.Length} bytes, as it was written", "Delete this folder to go on from an older one.");
            }

            if (!string.Equals(HashOf(path), expected.Sha256, StringComparison.OrdinalIgnoreCase))
            {
                throw CheckpointException.At(path, null, "other contents than were written (its hash differs)", "the file as it was written", "Delete this folder to go on from an older one.");
            }
        }
    }

    // The old folder steps aside first: there is no moment in which neither is there under some name.
    private static void Replace(string temporary, string target)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(temporary, target);
            return;
        }

        var old = temporary + "-old";
        Directory.Move(target, old);
        Directory.Move(temporary, target);
        Directory.Delete(old, recursive: true);
    }

    // What a killed process left; the run's lock keeps living ones away.
    private static void RemoveUnfinished(string parent)
    {
        foreach (var left in Directory.GetDirectories(parent, Unfinished + "*"))
        {
            var name = Path.GetFileName(left);
            if (name.EndsWith("-old", StringComparison.Ordinal) && !Directory.Exists(Path.Combine(parent, TargetOf(name))))
            {
                Directory.Move(left, Path.Combine(parent, TargetOf(name)));
            }
            else
            {
                Directory.Delete(left, recursive: true);
            }
        }
    }

    private static string TargetOf(string unfinished)
    {
        var name = unfinished[Unfinished.Length..^"-old".Length];
        return name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..];
    }

    private static void WriteManifest(string folder)
    {
        var entries = new SortedDictionary<string, Entry>(StringComparer.Ordinal);
        foreach (var path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            using (var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
            {
                stream.Flush(flushToDisk: true);
            }

            entries[Path.GetRelativePath(folder, path)] = new Entry(new FileInfo(path).Length, HashOf(path));
        }

        using var manifest = new FileStream(Path.Combine(folder, ManifestFile), FileMode.CreateNew, FileAccess.Write);
        JsonSerializer.Serialize(manifest, entries);
        manifest.Flush(flushToDisk: true);
    }

    private static Dictionary<string, Entry> ReadManifest(string folder)
    {
        var path = Path.Combine(folder, ManifestFile);
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, Entry>>(File.ReadAllBytes(path)) ?? throw new JsonException("it is empty");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            throw CheckpointException.At(path, null, $"no list of the folder's files ({failure.Message.TrimEnd('.')})", "one", "Delete this folder to go on from an older one.", failure);
        }
    }

    private static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(stream));
    }

    private sealed record Entry(long Length, string Sha256);
}
