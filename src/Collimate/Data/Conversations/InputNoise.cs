using Collimate.Data.Scenes;

namespace Collimate.Data.Conversations;

/// <summary>Hides a share of the text that a model reads, while what it is to predict stays as it was.</summary>
/// <remarks>Source: "Improved Alignment of Modalities", ADD_NOISE of stage 0: a fifth of the input's text tokens. Which tokens are hidden follows from the seed, the step and the row alone.</remarks>
public sealed record InputNoise
{
    /// <summary>The chance of each text token to be hidden.</summary>
    public double Share { get; init; } = 0.2;

    /// <summary>What becomes of a hidden token.</summary>
    public NoiseKind Kind { get; init; } = NoiseKind.Mask;

    /// <summary>The token that stands for a hidden one under <see cref="NoiseKind.Mask"/>; null for a vector of zeros, which costs the vocabulary nothing.</summary>
    public int? MaskTokenId { get; init; }

    /// <summary>Whether only hidden tokens are learnt: what is visible next door can be copied, and teaches nothing.</summary>
    public bool LossOnHiddenOnly { get; init; }

    /// <summary>Hides tokens of a rendered conversation.</summary>
    /// <param name="layout">The conversation.</param>
    /// <param name="vocabularySize">Random tokens are drawn from this many.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="index">Which row of all rows that are ever trained on.</param>
    /// <returns>The same conversation with <see cref="TokenLayout.InputIds"/>; token ids, kinds and labels are what they were.</returns>
    public TokenLayout Apply(TokenLayout layout, int vocabularySize, ulong seed, long index)
    {
        var random = new SceneRandom(seed, "noise", index);
        var input = layout.TokenIds.ToArray();
        var hidden = new bool[input.Length];
        for (var k = 0; k < input.Length; k++)
        {
            var drawn = random.NextDouble() < Share;
            if (drawn && layout.Kinds[k] is not (TokenKind.Image or TokenKind.Padding))
            {
                hidden[k] = true;
                input[k] = Kind switch
                {
                    NoiseKind.Mask => MaskTokenId ?? TokenLayout.Blank,
                    NoiseKind.Random => random.Next(vocabularySize),
                    _ => TokenLayout.Dropped,
                };
            }
        }

        return layout with { InputIds = input, Learnt = LossOnHiddenOnly ? hidden : null };
    }
}

/// <summary>What becomes of a token that noise hides.</summary>
public enum NoiseKind
{
    /// <summary>A mask stands in its place.</summary>
    Mask,
    /// <summary>Some token of the vocabulary stands in its place.</summary>
    Random,
    /// <summary>Its place is empty: nobody sees it.</summary>
    Drop,
}
