using Collimate.Recipes;

namespace Collimate.Data.Records;

/// <summary>Options of a file of records with pictures that may be cut into training, validation and test.</summary>
public abstract record SplitFileOptions : IValidatedOptions
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>The folder that the records' pictures are relative to; the file's own where silent.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>Which part of the records: <c>all</c>, <c>train</c>, <c>validation</c> or <c>test</c>.</summary>
    public DataSplit Split { get; init; }

    /// <summary>How large the parts are.</summary>
    public SplitSizes? Splits { get; init; }

    /// <summary>Which records are in which part; the same seed gives the same parts.</summary>
    [RecipeRange(0)]
    public long SplitSeed { get; init; } = 1;

    /// <summary>Which order the records come in; the same seed gives the same order.</summary>
    [RecipeRange(0)]
    public long Seed { get; init; } = 1;

    /// <summary>Whether every pass over the file has an order of its own; otherwise records come as they stand.</summary>
    public bool Shuffle { get; init; } = true;

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate() => RecordSplit.Faults(Split, Splits);
}
