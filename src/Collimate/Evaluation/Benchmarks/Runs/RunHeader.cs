namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>What was evaluated how: the first line of a samples file. With the samples below it the report can be made anew.</summary>
public sealed record RunHeader
{
    /// <summary>The form of the file.</summary>
    public int Format { get; init; } = 1;

    /// <summary>The benchmark's name.</summary>
    public required string Benchmark { get; init; }

    /// <summary>The protocol by which was asked.</summary>
    public required string Protocol { get; init; }

    /// <summary>The text of the definition.</summary>
    public required string Definition { get; init; }

    /// <summary>Its SHA-256.</summary>
    public required string DefinitionSha256 { get; init; }

    /// <summary>The SHA-256 over the files of questions.</summary>
    public required string DatasetSha256 { get; init; }

    /// <summary>The SHA-256 of each of them.</summary>
    public required IReadOnlyDictionary<string, string> DatasetFiles { get; init; }

    /// <summary>The model's folder as it was named.</summary>
    public required string Model { get; init; }

    /// <summary>The SHA-256 over the model's files.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>The type that it computed in.</summary>
    public required string Precision { get; init; }

    /// <summary>How many questions were asked at once; the same batches give the same rounding.</summary>
    public required int Batch { get; init; }

    /// <summary>How many questions there are.</summary>
    public required int Items { get; init; }

    /// <summary>The most questions that were wanted; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>The version of Collimate that asked.</summary>
    public required string CodeVersion { get; init; }

    /// <summary>In what another header differs so that its answers do not belong to this run.</summary>
    /// <param name="other">What the same run would be begun with now.</param>
    /// <returns>A sentence a difference.</returns>
    internal IEnumerable<string> Differences(RunHeader other)
    {
        (string Name, object? Had, object? Has)[] all =
        [
            ("benchmark", Benchmark, other.Benchmark), ("protocol", Protocol, other.Protocol), ("SHA-256 of the definition", DefinitionSha256, other.DefinitionSha256),
            ("SHA-256 of the data", DatasetSha256, other.DatasetSha256), ("SHA-256 of the model", ModelSha256, other.ModelSha256), ("precision", Precision, other.Precision), ("batch", Batch, other.Batch),
            ("limit", Limit, other.Limit), ("number of questions", Items, other.Items),
        ];
        return all.Where(one => !Equals(one.Had, one.Has)).Select(one => $"the {one.Name} was {one.Had ?? "none"} and is {one.Has ?? "none"}");
    }
}
