using Collimate.Models.Encoders;
using Collimate.Torch;

namespace Collimate.Models.Vision;

/// <summary>What the text says to the eye: keys and values beside a layer's own, or tokens behind the patches.</summary>
public sealed record VisionCondition
{
    /// <summary>By the number of the layer, from 0: what its attention may also look at.</summary>
    public IReadOnlyDictionary<int, LayerPrefix> Prefixes { get; init; } = new Dictionary<int, LayerPrefix>();

    /// <summary>Tokens that stand behind the patches in every layer, <c>[images, tokens, width]</c>; null for none.</summary>
    public Tensor? Tokens { get; init; }

    /// <summary>How many of those tokens each picture has; nobody sees the others.</summary>
    public IReadOnlyList<int> TokenLengths { get; init; } = [];

    /// <summary>Whether a tower hands the tokens on behind the patches.</summary>
    public bool KeepsTokens { get; init; }

    /// <summary>Whether gradients are to reach what was said.</summary>
    public bool Learns => Tokens is { RequiresGrad: true } || Prefixes.Values.Any(prefix => prefix.Values.RequiresGrad || prefix.Gate.RequiresGrad);
}
