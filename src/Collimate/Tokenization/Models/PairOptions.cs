namespace Collimate.Tokenization.Models;

/// <summary>How a <see cref="PairModel"/> departs from plain pairs of characters.</summary>
internal sealed record PairOptions
{
    /// <summary>What an unknown character becomes; null leaves it out.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>How a token that does not begin a word is marked; empty where it is not.</summary>
    public string ContinuingPrefix { get; init; } = "";

    /// <summary>How a token that ends a word is marked; empty where it is not.</summary>
    public string EndSuffix { get; init; } = "";

    /// <summary>Whether unknown characters that follow each other are one token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>Whether an unknown character is written as its bytes where the vocabulary has them.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a word that is a token as a whole skips the merges.</summary>
    public bool IgnoresMerges { get; init; }
}
