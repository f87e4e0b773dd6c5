using Collimate.Data;
using Collimate.Evaluation.Statistics;

namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>Two runs of the same questions beside each other.</summary>
/// <param name="Benchmark">The benchmark.</param>
/// <param name="Protocol">The protocol.</param>
/// <param name="N">How many answers each run has.</param>
/// <param name="Figures">Every figure that has an interval, of both, and whether they differ.</param>
/// <param name="McNemar">The test of right against wrong; null where answers may be half right.</param>
public sealed record RunComparison(string Benchmark, string Protocol, int N, IReadOnlyList<ComparedFigure> Figures, McNemarTest? McNemar)
{
    /// <summary>Compares two runs.</summary>
    /// <param name="first">The folder of one run.</param>
    /// <param name="second">The folder of the other.</param>
    /// <param name="protocol">The protocol; that of the first run where null.</param>
    /// <param name="bootstrap">How sets are drawn; the default where null.</param>
    /// <exception cref="DataException">The runs are not of the same questions.</exception>
    public static RunComparison Of(string first, string second, string? protocol = null, BootstrapOptions? bootstrap = null)
    {
        var one = ScoredRun.Load(first, protocol);
        var other = ScoredRun.Load(second, protocol ?? one.Protocol.Name);
        Check(one, other);
        var (left, right) = (Scored(one), Scored(other));
        var (counted, against) = (one.Metric.Count(left), other.Metric.Count(right));
        var tests = PairedBootstrap.Of(counted.Units, against.Units, counted.Figures, bootstrap);
        var (values, others) = (counted.Figures(Resampling.Sum(counted.Units)), counted.Figures(Resampling.Sum(against.Units)));
        return new RunComparison(
            one.Definition.Name, one.Protocol.Name, left.Length, [.. counted.Names.Select((name, at) => new ComparedFigure(name, values[at], others[at], tests[at]))],
            left.Concat(right).All(sample => sample.Score is 0 or 1) ? McNemarTest.Of([.. left.Select(sample => sample.Score == 1)], [.. right.Select(sample => sample.Score == 1)]) : null);
    }

    private static ScoredSample[] Scored(ScoredRun run)
    {
        ScoredSample[] scored = [.. run.Samples.Where(sample => sample.Score is not null)];
        return scored.Length == run.Samples.Count ? scored : throw new DataException(run.Folder, $"{run.Samples.Count - scored.Length} of {run.Samples.Count} answers have no score; a paired test needs them all");
    }

    private static void Check(ScoredRun one, ScoredRun other)
    {
        var (left, right) = (one.Contents, other.Contents);
        if (left.Header.Benchmark != right.Header.Benchmark || left.Header.DatasetSha256 != right.Header.DatasetSha256 || left.Header.DefinitionSha256 != right.Header.DefinitionSha256)
        {
            throw new DataException(
                $"{one.Folder} and {other.Folder}",
                $"these are runs of {left.Header.Benchmark} (definition {left.Header.DefinitionSha256[..8]}, data {left.Header.DatasetSha256[..8]}) and of {right.Header.Benchmark} (definition {right.Header.DefinitionSha256[..8]}, "
                + $"data {right.Header.DatasetSha256[..8]}); a paired test needs the same questions. Evaluate both models on the same data");
        }

        var (mine, theirs) = (left.Samples.Select(sample => sample.Id).ToHashSet(), right.Samples.Select(sample => sample.Id).ToHashSet());
        if ((left.Samples.FirstOrDefault(sample => !theirs.Contains(sample.Id))?.Id ?? right.Samples.FirstOrDefault(sample => !mine.Contains(sample.Id))?.Id) is { } lone)
        {
            throw new DataException($"question {lone}", $"only one of {one.Folder} and {other.Folder} answers it; were they run with the same --limit?");
        }

        foreach (var (sample, twin) in left.Samples.Zip(right.Samples))
        {
            if (sample.Id != twin.Id || !sample.Images.SequenceEqual(twin.Images) || !sample.Truth.Answers.SequenceEqual(twin.Truth.Answers))
            {
                throw new DataException($"question {sample.Id}", $"its place, pictures or right answers are not the same in {one.Folder} and {other.Folder}; evaluate both models on the same data");
            }
        }
    }
}

/// <summary>A figure of two runs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="First">Its value for the first run.</param>
/// <param name="Second">Its value for the second.</param>
/// <param name="Test">The difference, its interval and how likely it would be by chance.</param>
public sealed record ComparedFigure(string Name, double First, double Second, PairedBootstrap Test);
