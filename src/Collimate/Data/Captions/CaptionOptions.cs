using Collimate.Recipes;

namespace Collimate.Data.Captions;

/// <summary>Which of a picture's captions are learnt.</summary>
public enum CaptionUse
{
    /// <summary>A pass has every picture once, with one of its captions: the first pass with one that follows from the seed, each later pass with the next.</summary>
    One,

    /// <summary>A pass has every caption once, each with its picture.</summary>
    All,
}

/// <summary>Options of pictures with captions as a source of samples.</summary>
public abstract record CaptionOptions
{
    /// <summary>The file that holds the captions.</summary>
    public required string Path { get; init; }

    /// <summary>The folder that the file's pictures are relative to; the file's own where silent.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>Whether a pass has every picture once (<c>one</c>) or every caption (<c>all</c>).</summary>
    public CaptionUse Captions { get; init; } = CaptionUse.One;

    /// <summary>What the caption answers; nothing but the picture where empty. Templates that leave the user's words out leave this out too.</summary>
    public string Instruction { get; init; } = "Describe the image briefly.";

    /// <summary>From which the order and the choice of captions follow.</summary>
    [RecipeRange(0)]
    public long Seed { get; init; } = 1;

    /// <summary>Whether every pass has an order of its own; otherwise pictures come as they stand.</summary>
    public bool Shuffle { get; init; } = true;
}

/// <summary>Options of a file of Karpathy's splits (<c>dataset_coco.json</c>, <c>dataset_flickr8k.json</c>, <c>dataset_flickr30k.json</c>).</summary>
public sealed record KarpathyOptions : CaptionOptions, IValidatedOptions
{
    private static readonly string[] Known = ["train", "restval", "val", "test", "all"];

    /// <summary>Which pictures: <c>train</c> (with COCO's <c>restval</c>, as is usual), <c>val</c>, <c>test</c>, or <c>all</c>.</summary>
    public string Split { get; init; } = "train";

    /// <summary>Whether <c>train</c> leaves COCO's <c>restval</c> out.</summary>
    public bool WithoutRestval { get; init; }

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (!Known.Contains(Split))
        {
            yield return (nameof(Split), $"'{Split}' is no split; expected one of {string.Join(", ", Known)}.");
        }
    }

    /// <summary>Whether a picture's split is asked for.</summary>
    internal bool Takes(string split) => Split == "all" || split == Split || (Split == "train" && split == "restval" && !WithoutRestval);

    /// <summary>The same with relative paths made absolute.</summary>
    internal KarpathyOptions Resolved(Func<string, string> resolve) =>
        this with { Path = resolve(Path), ImageFolder = ImageFolder is null ? null : resolve(ImageFolder) };
}

/// <summary>Options of a file of captions as COCO publishes it (<c>captions_train2017.json</c>).</summary>
public sealed record CocoCaptionsOptions : CaptionOptions
{
    /// <summary>The same with relative paths made absolute.</summary>
    internal CocoCaptionsOptions Resolved(Func<string, string> resolve) =>
        this with { Path = resolve(Path), ImageFolder = ImageFolder is null ? null : resolve(ImageFolder) };
}
