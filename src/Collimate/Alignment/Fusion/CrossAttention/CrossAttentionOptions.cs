using Collimate.Recipes;

namespace Collimate.Alignment.Fusion.CrossAttention;

/// <summary>Which of the pictures before it a word sees.</summary>
public enum PicturesSeen
{
    /// <summary>The last one, Flamingo's choice; earlier ones reach it through the words between.</summary>
    Last,

    /// <summary>All.</summary>
    All,
}

/// <summary>Options of <see cref="CrossAttentionFusion"/>.</summary>
public sealed record CrossAttentionOptions
{
    /// <summary>Pictures are looked at before every so many-th layer: 1 for every one, 4 before layers 3, 7, 11, …</summary>
    [RecipeRange(1)]
    public int Every { get; init; } = 1;

    /// <summary>Which of the pictures before it in its document a word sees: <c>last</c> or <c>all</c>.</summary>
    public PicturesSeen Sees { get; init; }

    /// <summary>Heads of the cross-attention.</summary>
    [RecipeRange(1)]
    public int Heads { get; init; } = 8;

    /// <summary>Width of a head.</summary>
    [RecipeRange(1)]
    public int HeadSize { get; init; } = 64;

    /// <summary>Width of the gated feed-forward part as a multiple of the decoder's.</summary>
    [RecipeRange(1, 64)]
    public int FeedForward { get; init; } = 4;

    /// <summary>What does not fit a decoder, or null.</summary>
    /// <param name="layerCount">Layers of the decoder.</param>
    internal string? FaultIn(int layerCount) => Every <= layerCount ? null : $"the decoder has {layerCount} layers, so there is no layer number {Every} to look before; say {layerCount} or less.";
}
