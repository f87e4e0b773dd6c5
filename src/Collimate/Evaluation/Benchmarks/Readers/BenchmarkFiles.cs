using System.Security.Cryptography;
using System.Text;
using Collimate.Data;
using Collimate.Data.Conversations;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>The folder with a benchmark's data. Keeps account of the files that were read, and says where absent ones are to be had.</summary>
/// <param name="root">The folder; null where none was named.</param>
/// <param name="benchmark">The benchmark's title.</param>
/// <param name="source">Where its data are to be had.</param>
public sealed class BenchmarkFiles(string? root, string benchmark, string source)
{
    private readonly SortedDictionary<string, string> hashes = new(StringComparer.Ordinal);

    /// <summary>Whether a folder was named.</summary>
    public bool IsGiven => root is not null;

    /// <summary>The folder.</summary>
    /// <exception cref="DataException">None was named, or it is absent.</exception>
    public string Root => root is null
        ? throw new DataException($"{benchmark} needs its data: name their folder with --data DIR. Where to get them: {source}")
        : Directory.Exists(root) ? Path.GetFullPath(root) : throw new DataException(root, $"there is no such folder, where the data of {benchmark} should be. Where to get them: {source}", DataFault.Source);

    /// <summary>The SHA-256 of every file of questions that was read, by its path in the folder.</summary>
    public IReadOnlyDictionary<string, string> Hashes => hashes;

    /// <summary>The SHA-256 over names and contents of these files. Pictures are hashed one by one in the samples.</summary>
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(hashes.Select(file => $"{file.Value}  {file.Key}\n")))));

    /// <summary>A file of questions or answers.</summary>
    /// <param name="names">Its path in the folder, or several of which the first that exists is taken.</param>
    /// <exception cref="DataException">None of them exists.</exception>
    public string Require(params string[] names) => Find(names)
        ?? throw new DataException(Root, $"there is no {string.Join(" and no ", names)}, which {benchmark} needs. Where to get it: {source}", DataFault.Source);

    /// <summary>The same, or null where none of them exists.</summary>
    /// <param name="names">Its path in the folder, or several of which the first that exists is taken.</param>
    public string? Find(params string[] names)
    {
        var path = names.Select(name => Path.Combine(Root, name)).FirstOrDefault(File.Exists);
        return path is null ? null : Note(path);
    }

    /// <summary>Takes a file into account.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The same path.</returns>
    /// <exception cref="DataException">It cannot be read.</exception>
    public string Note(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            hashes[Path.GetRelativePath(Root, path).Replace('\\', '/')] = Convert.ToHexStringLower(SHA256.HashData(stream));
            return path;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the file cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>Takes something into account that is no file, such as the seed of generated questions.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">What it says.</param>
    internal void Note(string name, string text) => hashes[name] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>A picture.</summary>
    /// <param name="where">The question, for messages.</param>
    /// <param name="names">Its path in the folder, or several of which the first that exists is taken.</param>
    /// <exception cref="DataException">None of them exists.</exception>
    public ImageSource Picture(string where, params string[] names) => names.Select(name => Path.Combine(Root, name)).FirstOrDefault(File.Exists) is { } path
        ? ImageSource.FromFile(path)
        : throw new DataException(where, $"there is no picture {string.Join(" nor ", names)} in {Root}. Where to get the pictures of {benchmark}: {source}", DataFault.Pictures);
}
