namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>What is asked, of whom, and where it is written.</summary>
public sealed record EvaluationOptions
{
    /// <summary>The run's folder; made where absent. A run that is there already is gone on with.</summary>
    public required string Folder { get; init; }

    /// <summary>The protocol; the definition's own where null.</summary>
    public string? Protocol { get; init; }

    /// <summary>The folder of the data; null where they are generated.</summary>
    public string? Data { get; init; }

    /// <summary>The most questions; those that are scored together with the last are asked as well. All where null.</summary>
    public int? Limit { get; init; }

    /// <summary>How many questions are asked at once.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>What the report calls the model.</summary>
    public required string Model { get; init; }

    /// <summary>The model's SHA-256.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>The type that it computes in.</summary>
    public string Precision { get; init; } = "fp32";
}
