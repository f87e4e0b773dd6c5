namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>Reads a benchmark's files as they are published.</summary>
public interface IBenchmarkReader
{
    /// <summary>Reads all questions. Those that are scored together stand together.</summary>
    /// <param name="files">The folder that they lie in.</param>
    /// <exception cref="Data.DataException">A file is absent or damaged.</exception>
    IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files);
}
