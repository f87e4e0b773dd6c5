using Collimate.Recipes;

namespace Collimate.Data.Interleaved;

/// <summary>Options of documents of texts and pictures as a source of samples.</summary>
public sealed record InterleavedOptions
{
    /// <summary>The file, a document a line: <c>[{"text": …}, {"image": …}, …]</c>, or an object with <c>id</c> and such a list under <c>parts</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The folder that the pictures are relative to; the file's own where silent.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>Which order the documents come in; the same seed gives the same order.</summary>
    [RecipeRange(0)]
    public long Seed { get; init; } = 1;

    /// <summary>Whether every pass has an order of its own; otherwise documents come as they stand.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>The same with relative paths made absolute.</summary>
    internal InterleavedOptions Resolved(Func<string, string> resolve) =>
        this with { Path = resolve(Path), ImageFolder = ImageFolder is null ? null : resolve(ImageFolder) };
}
