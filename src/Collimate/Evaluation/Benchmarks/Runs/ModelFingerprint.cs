using System.Security.Cryptography;
using System.Text;
using Collimate.Data;
using Collimate.Recipes.Schema;

namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>The SHA-256 of a model: over names and contents of every file that makes it what it is.</summary>
public static class ModelFingerprint
{
    private static readonly string[] Kinds = [".safetensors", ".bin", ".json", ".yaml", ".txt", ".model", ".jinja"];

    /// <summary>Hashes a model's folder.</summary>
    /// <param name="folder">The folder of a run, a model or a checkpoint.</param>
    /// <param name="adapter">The folder of adapters that are put on top; null for none.</param>
    /// <exception cref="DataException">A file cannot be read.</exception>
    public static string Of(string folder, string? adapter = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var root in (string?[])[ModelFolder.Own(folder) ?? folder, adapter])
        {
            foreach (var file in root is null ? [] : Directory.Exists(root) ? Files(root) : [root])
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{Path.GetRelativePath(root!, file).Replace('\\', '/')}\n"));
                hash.AppendData(Content(file));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<string> Files(string root) => Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
        .Where(file => Kinds.Contains(Path.GetExtension(file))).OrderBy(file => Path.GetRelativePath(root, file).Replace('\\', '/'), StringComparer.Ordinal);

    private static byte[] Content(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return SHA256.HashData(stream);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{file}: the model cannot be read: {failure.Message}", failure);
        }
    }
}
