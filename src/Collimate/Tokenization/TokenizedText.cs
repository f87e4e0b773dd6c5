namespace Collimate.Tokenization;

/// <summary>A text, or a pair of texts, as a model gets it, with all that is known of every token.</summary>
/// <remarks>Hugging Face: <c>Encoding</c>. All lists are as long as <see cref="Ids"/>.</remarks>
public sealed record TokenizedText
{
    /// <summary>The tokens' ids.</summary>
    public required IReadOnlyList<int> Ids { get; init; }

    /// <summary>The tokens as the vocabulary spells them; some models show what they do not know as it is written.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>Where each token lies in its text, in UTF-16 code units; (0, 0) for tokens that were put in.</summary>
    public required IReadOnlyList<(int Start, int End)> Offsets { get; init; }

    /// <summary>Of which text each token is, as the model is told (<c>token_type_ids</c>).</summary>
    public required IReadOnlyList<int> TypeIds { get; init; }

    /// <summary>Whether each token was put in around the text.</summary>
    public required IReadOnlyList<bool> PutIn { get; init; }

    /// <summary>The number of each token's word in its text; null for tokens that were put in.</summary>
    public required IReadOnlyList<int?> Words { get; init; }
}
