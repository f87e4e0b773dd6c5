namespace Collimate.Tokenization;

/// <summary>What a <see cref="BytePairTokenizer"/> consists of; what <c>tokenizer.json</c> and the token names of <c>tokenizer_config.json</c> hold.</summary>
public sealed record BytePairModel
{
    /// <summary>Token, in byte-level spelling, to id; without the added tokens that have ids of their own.</summary>
    public required IReadOnlyDictionary<string, int> Vocabulary { get; init; }

    /// <summary>Pairs that are joined, the earliest first.</summary>
    public required IReadOnlyList<(string Left, string Right)> Merges { get; init; }

    /// <summary>Tokens that are found in the text as they are written.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>How text is cut into words before pairs are joined: a regular expression.</summary>
    public string Pattern { get; init; } = BytePairTokenizer.DefaultPattern;

    /// <summary>Whether text that does not begin with a space gets one.</summary>
    public bool AddPrefixSpace { get; init; }

    /// <summary>Whether text is brought into composed form (NFC) first.</summary>
    public bool NormalizeNfc { get; init; }

    /// <summary>Whether a word that is a token as a whole skips the merges.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Fills up short rows; null where none is named.</summary>
    public string? PadToken { get; init; }

    /// <summary>Ends an answer; null where none is named.</summary>
    public string? EosToken { get; init; }

    /// <summary>Opens a text; null where none is named.</summary>
    public string? BosToken { get; init; }

    /// <summary>Stands for a picture; null where pictures are not known.</summary>
    public string? ImageToken { get; init; }
}
