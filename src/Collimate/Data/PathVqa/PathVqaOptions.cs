using Collimate.Recipes;

namespace Collimate.Data.PathVqa;

/// <summary>Options of questions about pictures, a row each, as a source of samples.</summary>
public sealed record PathVqaOptions
{
    /// <summary>
    /// The file (<c>.json</c>, <c>.jsonl</c>, <c>.csv</c> or <c>.tsv</c>) with the columns <c>image</c>, <c>question</c> and <c>answer</c>; or the data set's
    /// folder, in which the file is found by the split's name: <c>train.jsonl</c>, <c>qas/train.csv</c>, <c>qas/train/train_vqa.json</c>, ….
    /// </summary>
    public required string Path { get; init; }

    /// <summary>Which part of a folder: <c>train</c>, <c>val</c> or <c>test</c>. Where <c>path</c> is a file, all of it is taken.</summary>
    public string Split { get; init; } = "train";

    /// <summary>The folder that the pictures are relative to; where silent, <c>images/SPLIT</c> or <c>images</c> beside the questions or in the data set's folder, else the file's own.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>What follows each question on a line of its own, such as <c>Answer with a word or a phrase.</c>; nothing where silent.</summary>
    public string Instruction { get; init; } = "";

    /// <summary>Which order the questions come in; the same seed gives the same order.</summary>
    [RecipeRange(0)]
    public long Seed { get; init; } = 1;

    /// <summary>Whether every pass has an order of its own; otherwise questions come as they stand.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>The same with relative paths made absolute.</summary>
    internal PathVqaOptions Resolved(Func<string, string> resolve) =>
        this with { Path = resolve(Path), ImageFolder = ImageFolder is null ? null : resolve(ImageFolder) };
}
