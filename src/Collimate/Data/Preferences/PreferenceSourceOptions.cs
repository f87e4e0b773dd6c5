using Collimate.Data.Records;
using Collimate.Recipes;

namespace Collimate.Data.Preferences;

/// <summary>Options of a file of preferences as a source of samples.</summary>
public sealed record PreferenceSourceOptions : IValidatedOptions
{
    /// <summary>
    /// The file: an array of <c>{"id", "image", "conversations" or "prompt", "chosen", "rejected"}</c>; or LLaVA-RLHF's, with <c>"output_1"</c>, <c>"output_2"</c> and <c>"preference"</c>
    /// (1 or 2) in place of the answers.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>The folder that the records' pictures are relative to; the file's own where silent.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>Whether every record must have a picture.</summary>
    public bool NeedsImage { get; init; }

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

    /// <summary>The same with relative paths made absolute.</summary>
    /// <param name="resolve">Makes a path of the recipe absolute.</param>
    internal PreferenceSourceOptions Resolved(Func<string, string> resolve) =>
        this with { Path = resolve(Path), ImageFolder = ImageFolder is null ? null : resolve(ImageFolder) };
}
