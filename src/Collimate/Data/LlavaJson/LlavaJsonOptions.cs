using Collimate.Recipes;

namespace Collimate.Data.LlavaJson;

/// <summary>Options of a LLaVA JSON file as a source of samples.</summary>
public sealed record LlavaJsonOptions
{
    /// <summary>The file: an array of <c>{"id", "image", "conversations": [{"from", "value"}]}</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The folder that the records' pictures are relative to; the file's own where silent.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>Which order the records come in; the same seed gives the same order.</summary>
    [RecipeRange(0)]
    public long Seed { get; init; } = 1;

    /// <summary>Whether every pass over the file has an order of its own; otherwise records come as they stand.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>The same with relative paths made absolute.</summary>
    /// <param name="resolve">Makes a path of the recipe absolute.</param>
    internal LlavaJsonOptions Resolved(Func<string, string> resolve) =>
        this with { Path = resolve(Path), ImageFolder = ImageFolder is null ? null : resolve(ImageFolder) };
}
