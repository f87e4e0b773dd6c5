namespace Collimate.Tokenization;

/// <summary>A token added beside the learnt vocabulary.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">How it is written in text.</param>
/// <param name="IsSpecial">Whether it is left out when text is shown.</param>
public sealed record AddedToken(int Id, string Content, bool IsSpecial = true);

/// <summary>What a <see cref="BytePairTokenizer"/> consists of; what <c>tokenizer.json</c> holds.</summary>
public sealed record BytePairModel
{
    /// <summary>Token to id, without added tokens.</summary>
    public required IReadOnlyDictionary<string, int> Vocabulary { get; init; }

    /// <summary>Pairs that are joined, the earliest first.</summary>
    public required IReadOnlyList<(string Left, string Right)> Merges { get; init; }

    /// <summary>Tokens beside the vocabulary.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>How text is cut into words before pairs are joined.</summary>
    public string Pattern { get; init; } = BytePairTokenizer.DefaultPattern;

    /// <summary>Whether text is brought into composed form (NFC) first.</summary>
    public bool NormalizeNfc { get; init; }

    /// <summary>Whether a word that is a token as a whole skips the merges.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Fills up short rows.</summary>
    public required string PadToken { get; init; }

    /// <summary>Ends an answer.</summary>
    public required string EosToken { get; init; }

    /// <summary>Stands for a picture, where pictures are known.</summary>
    public string? ImageToken { get; init; }
}
