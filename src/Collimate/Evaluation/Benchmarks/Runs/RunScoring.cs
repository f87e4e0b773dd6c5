using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Collimate.Data;
using Collimate.Evaluation.Benchmarks.Parsers;
using Collimate.Evaluation.Benchmarks.Scoring;
using Collimate.Evaluation.Statistics;
using Collimate.Torch.Serialization;

namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>Makes reports of samples alone: what a run's end writes, and the same again later, by the same protocol or another.</summary>
public static class RunScoring
{
    /// <summary>Makes a run's report and writes it to its folder.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <returns>The report, as <c>report.json</c> holds it.</returns>
    /// <exception cref="DataException">The samples are damaged, or not all there.</exception>
    public static EvaluationReport Report(string folder) => Rescore(folder, null, null).Report;

    /// <summary>Understands and counts a run's answers anew, from its samples alone, and writes the report.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="protocol">Another protocol of the benchmark, whose parser and metric are taken; that of the run where null.</param>
    /// <param name="parser">Another parser; the protocol's where null.</param>
    /// <returns>The report, the file, and how many samples were understood or scored otherwise than they say.</returns>
    /// <exception cref="DataException">The samples are damaged, or not all there.</exception>
    public static Rescored Rescore(string folder, string? protocol, string? parser)
    {
        var run = ScoredRun.Load(folder, protocol, parser);
        var report = Report(run);
        var path = Path.Combine(folder, run.IsOwn ? EvaluationReport.FileName : $"report-{run.Protocol.Name}{(parser is null ? "" : $"-{parser}")}.json");
        WholeFile.Write(path, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(report, RunJson.Report) + "\n"));
        if (run.IsOwn && run.Definition.Export is { } form)
        {
            ResultFile.Write(form, Path.Combine(folder, ResultFile.FileName), run.Contents.Samples);
        }

        var changed = run.IsOwn ? run.Contents.Samples.Zip(run.Samples).Count(pair => pair.First.Parsed != pair.Second.Answer.Text || pair.First.Failed != pair.Second.Answer.Failed || pair.First.Score != pair.Second.Score) : 0;
        return new Rescored(report, path, run.Metric is JudgedMetric ? 0 : changed);
    }

    /// <summary>Understands and scores one answer.</summary>
    internal static ScoredSample Score(string id, string raw, BenchmarkTruth truth, IAnswerParser parser, BenchmarkMetric metric)
    {
        var answer = parser.Parse(raw, truth.Choices);
        return new ScoredSample(id, answer, truth, truth.Answers.Count == 0 ? null : metric.Score(answer, truth));
    }

    private static EvaluationReport Report(ScoredRun run)
    {
        var (header, scored) = (run.Contents.Header, run.Samples.Where(sample => sample.Score is not null).ToArray());
        var counted = scored.Length == 0 ? null : run.Metric.Count(scored);
        var categories = scored.ToLookup(sample => sample.Truth.Category ?? "");
        var bootstrap = BootstrapOptions.Default;
        var intervals = counted is null ? [] : BootstrapInterval.Of(counted.Units, counted.Figures, bootstrap);
        return new EvaluationReport
        {
            Benchmark = run.Definition.Name, Title = run.Definition.Title, BenchmarkVersion = run.Definition.Version, Protocol = run.Protocol.Name,
            AskedBy = run.Protocol.Name == header.Protocol ? null : header.Protocol, Parser = run.Parser.Name, Metric = run.Metric.Name, N = scored.Length,
            ParseFailures = run.Samples.Count(sample => sample.Answer.Failed), Unscored = run.Samples.Count - scored.Length,
            Figures = counted is null ? [] : [
                .. counted.Names.Zip(intervals, (name, one) => new ReportedFigure(name, one.Estimate, Finite(one.Low), Finite(one.High), SizeOf(name, categories))),
                .. counted.Others.Select(one => new ReportedFigure(one.Name, one.Value, null, null, one.N))],
            Bootstrap = new ReportedBootstrap(counted?.Unit ?? "question", counted?.Units.Count ?? 0, bootstrap.Resamples, bootstrap.Seed, bootstrap.Level),
            Dataset = new ReportedData(header.DatasetSha256, header.DatasetFiles, Hash(run.Contents.Samples.SelectMany(sample => sample.Images)), header.Limit),
            Model = new ReportedModel(header.Model, header.ModelSha256, header.Precision, header.Batch), DefinitionSha256 = header.DefinitionSha256, CodeVersion = header.CodeVersion,
        };
    }

    // Figures of a category are named after it, before or behind a colon; of all answers where there is none.
    private static int? SizeOf(string name, ILookup<string, ScoredSample> categories) =>
        name.Split(": ") is { Length: 2 } parts && parts.LastOrDefault(categories.Contains) is { } category ? categories[category].Count() : null;

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static string Hash(IEnumerable<string> hashes) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', hashes))));
}

/// <summary>What scoring a run again gave.</summary>
/// <param name="Report">The report.</param>
/// <param name="Path">The file that holds it.</param>
/// <param name="Changed">How many samples say another answer or score than was found now: the parser or the metric has changed since, or the file.</param>
public sealed record Rescored(EvaluationReport Report, string Path, int Changed);
