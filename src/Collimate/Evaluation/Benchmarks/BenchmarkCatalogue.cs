using System.Text;
using Collimate.Data;
using Collimate.Recipes;

namespace Collimate.Evaluation.Benchmarks;

/// <summary>The benchmarks that come with Collimate, and those that people describe in files of their own.</summary>
public static class BenchmarkCatalogue
{
    private const string Prefix = "Benchmarks.";
    private const string Ending = ".yaml";

    /// <summary>The names of those that come with Collimate.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(BenchmarkCatalogue).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Ending, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Ending.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>A benchmark by its name or by the path of its definition.</summary>
    /// <param name="nameOrPath">One of <see cref="Names"/>, or a file.</param>
    /// <exception cref="DataException">There is neither.</exception>
    /// <exception cref="RecipeException">The definition is wrong.</exception>
    public static BenchmarkDefinition Find(string nameOrPath)
    {
        if (Names.Contains(nameOrPath))
        {
            using var stream = typeof(BenchmarkCatalogue).Assembly.GetManifestResourceStream($"{Prefix}{nameOrPath}{Ending}")!;
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return BenchmarkDefinition.Parse(reader.ReadToEnd(), nameOrPath + Ending);
        }

        if (!File.Exists(nameOrPath))
        {
            throw new DataException(nameOrPath, $"there is no such benchmark or file{Spelling.Suggest(nameOrPath, Names)} Expected one of {string.Join(", ", Names)}, or the path of a definition");
        }

        return BenchmarkDefinition.Parse(File.ReadAllText(nameOrPath), nameOrPath);
    }
}
