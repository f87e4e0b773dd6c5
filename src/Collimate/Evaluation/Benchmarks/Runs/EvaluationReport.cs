namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>What an evaluation found. It holds nothing that differs from one computation to the next: no times, no dates.</summary>
public sealed record EvaluationReport
{
    /// <summary>The file's name in a run's folder.</summary>
    public const string FileName = "report.json";

    /// <summary>The benchmark's name.</summary>
    public required string Benchmark { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>The version of its definition.</summary>
    public required int BenchmarkVersion { get; init; }

    /// <summary>The protocol by which answers were understood and counted.</summary>
    public required string Protocol { get; init; }

    /// <summary>The protocol by which was asked, where it is another.</summary>
    public string? AskedBy { get; init; }

    /// <summary>The parser.</summary>
    public required string Parser { get; init; }

    /// <summary>What was counted.</summary>
    public required string Metric { get; init; }

    /// <summary>How many answers were scored.</summary>
    public required int N { get; init; }

    /// <summary>How many answers were not understood.</summary>
    public required int ParseFailures { get; init; }

    /// <summary>How many questions have no public answer, or no grade by a judge.</summary>
    public int Unscored { get; init; }

    /// <summary>The figures; the first is the headline.</summary>
    public required IReadOnlyList<ReportedFigure> Figures { get; init; }

    /// <summary>How the intervals were found.</summary>
    public required ReportedBootstrap Bootstrap { get; init; }

    /// <summary>What was asked.</summary>
    public required ReportedData Dataset { get; init; }

    /// <summary>Who was asked.</summary>
    public required ReportedModel Model { get; init; }

    /// <summary>The SHA-256 of the definition.</summary>
    public required string DefinitionSha256 { get; init; }

    /// <summary>The version of Collimate that asked.</summary>
    public required string CodeVersion { get; init; }
}

/// <summary>A figure of a report.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; null where the set does not define it.</param>
/// <param name="Low">The lower bound of its interval; null where none is computed.</param>
/// <param name="High">The upper bound.</param>
/// <param name="N">How many answers it is of, where that is not all of them.</param>
public sealed record ReportedFigure(string Name, double Value, double? Low, double? High, int? N);

/// <summary>How a report's intervals were found.</summary>
/// <param name="Unit">What was drawn: question, picture, pair, scene.</param>
/// <param name="Units">How many of them.</param>
/// <param name="Resamples">How many sets were drawn.</param>
/// <param name="Seed">From which seed.</param>
/// <param name="Level">The share of these sets that lies within the interval.</param>
public sealed record ReportedBootstrap(string Unit, int Units, int Resamples, ulong Seed, double Level);

/// <summary>What was asked.</summary>
/// <param name="Sha256">The SHA-256 over the files of questions.</param>
/// <param name="Files">The SHA-256 of each of them.</param>
/// <param name="ImagesSha256">The SHA-256 over the SHA-256 of all pictures, in the order of the questions.</param>
/// <param name="Limit">The most questions that were wanted; null for all.</param>
public sealed record ReportedData(string Sha256, IReadOnlyDictionary<string, string> Files, string ImagesSha256, int? Limit);

/// <summary>Who was asked.</summary>
/// <param name="Name">The folder as it was named.</param>
/// <param name="Sha256">The SHA-256 over its files.</param>
/// <param name="Precision">The type that it computed in.</param>
/// <param name="Batch">How many questions were asked at once.</param>
public sealed record ReportedModel(string Name, string Sha256, string Precision, int Batch);
