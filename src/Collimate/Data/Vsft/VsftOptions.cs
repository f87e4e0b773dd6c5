using Collimate.Data.Records;
using Collimate.Recipes;

namespace Collimate.Data.Vsft;

/// <summary>Options of a file of messages with typed content as a source of samples.</summary>
public sealed record VsftOptions : IValidatedOptions
{
    /// <summary>The file: <c>{"messages": […], "images": […]}</c> as an array, or one a line.</summary>
    public required string Path { get; init; }

    /// <summary>The folder that paths of pictures are relative to; the file's own where silent.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>Whether only the first question and its answer are taken.</summary>
    public bool FirstExchange { get; init; }

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
    internal VsftOptions Resolved(Func<string, string> resolve) =>
        this with { Path = resolve(Path), ImageFolder = ImageFolder is null ? null : resolve(ImageFolder) };
}
