using Collimate.Recipes;

namespace Collimate.Data.WebDataset;

/// <summary>Options of WebDataset shards as a source of samples.</summary>
public sealed record WebDatasetOptions
{
    /// <summary>The shards: a path in which braces stand for a range or a choice (<c>train-{000..123}.tar</c>) and <c>*</c> in the file's name for anything.</summary>
    public required string Shards { get; init; }

    /// <summary>What a caption answers; nothing but the picture where empty. Conversations and questions bring their own.</summary>
    public string Instruction { get; init; } = "Describe the image briefly.";

    /// <summary>From which the order and the choice of captions follow.</summary>
    [RecipeRange(0)]
    public long Seed { get; init; } = 1;

    /// <summary>Whether every pass has an order of its own: of the shards, and of the samples within; otherwise samples come as they stand.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>How many shards, neighbours in a pass's order, are mixed with each other: more mix better, fewer are read in larger stretches.</summary>
    [RecipeRange(1)]
    public int MixedShards { get; init; } = 8;

    /// <summary>Whether the places of the samples are kept in a file beside each shard, so that it is opened faster the next time.</summary>
    public bool KeepIndex { get; init; }

    /// <summary>The same with relative paths made absolute.</summary>
    internal WebDatasetOptions Resolved(Func<string, string> resolve) => this with { Shards = resolve(Shards) };
}
