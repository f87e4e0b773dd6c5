using Collimate.Data;
using Collimate.Evaluation.Benchmarks.Parsers;
using Collimate.Evaluation.Benchmarks.Scoring;

namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>A finished run, its answers understood and scored by a protocol.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Contents">Its samples as they stand in the file.</param>
/// <param name="Definition">The benchmark as it was when the run was begun.</param>
/// <param name="Protocol">The protocol.</param>
/// <param name="Parser">The parser.</param>
/// <param name="Metric">The metric.</param>
/// <param name="IsOwn">Whether protocol and parser are those of the run.</param>
/// <param name="Samples">The answers, understood and scored.</param>
internal sealed record ScoredRun(
    string Folder, SampleContents Contents, BenchmarkDefinition Definition, BenchmarkProtocol Protocol, IAnswerParser Parser, BenchmarkMetric Metric, bool IsOwn, IReadOnlyList<ScoredSample> Samples)
{
    /// <summary>Reads a run.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="protocol">The protocol; the run's own where null.</param>
    /// <param name="parser">The parser; the protocol's where null.</param>
    /// <exception cref="DataException">The samples are damaged, or not all there.</exception>
    internal static ScoredRun Load(string folder, string? protocol = null, string? parser = null)
    {
        var path = Path.Combine(folder, SampleFile.FileName);
        if (!File.Exists(path))
        {
            throw new DataException(folder, $"there is no {SampleFile.FileName}; expected the folder of an evaluation (collimate eval --out)", DataFault.Source);
        }

        var contents = SampleFile.Read(path) ?? throw new DataException(path, "not even the first line is whole; run the evaluation again", DataFault.Source);
        var header = contents.Header;
        if (contents.Samples.Count != header.Items)
        {
            throw new DataException(path, $"{contents.Samples.Count} of {header.Items} questions are answered; finish the run first, with the command that began it", DataFault.Source);
        }

        var definition = BenchmarkDefinition.Parse(header.Definition, $"{path}, the definition of '{header.Benchmark}'");
        var (chosen, own) = (definition.Protocol(protocol ?? header.Protocol), definition.Protocol(header.Protocol));
        if (!ReferenceEquals(chosen.Reader, own.Reader))
        {
            throw new DataException(folder, $"the protocol '{chosen.Name}' reads the data otherwise than '{own.Name}', by which was asked, so its questions or truths are not in the samples; evaluate by it: collimate eval --protocol {chosen.Name}");
        }

        var (understands, metric) = (AnswerParsers.Of(parser ?? chosen.Parser, folder), BenchmarkMetrics.Of(chosen.Metric, folder));
        var grades = metric is JudgedMetric ? Grades.Load(folder) : null;
        var isOwn = chosen.Name == header.Protocol && understands.Name == own.Parser;
        return new ScoredRun(folder, contents, definition, chosen, understands, metric, isOwn, [.. contents.Samples.Select(sample =>
        {
            var scored = RunScoring.Score(sample.Id, sample.Raw, sample.Truth, understands, metric);
            return grades is null ? scored : scored with { Score = grades.Of(sample) };
        })]);
    }
}
