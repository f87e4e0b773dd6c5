namespace Collimate.Tokenization;

/// <summary>Asks a tokenizer for tokens that it may not name.</summary>
internal static class NamedTokens
{
    /// <summary>The token that ends an answer, or null.</summary>
    internal static int? EosOrNone(this ITokenizer tokenizer) => OrNone(() => tokenizer.EosId);

    /// <summary>The token that fills up rows, or null.</summary>
    internal static int? PadOrNone(this ITokenizer tokenizer) => OrNone(() => tokenizer.PadId);

    /// <summary>How a token is spelt, where there is one.</summary>
    internal static string? SpellingOf(this ITokenizer tokenizer, int? id) => id is { } known ? tokenizer.IdToToken(known) : null;

    private static int? OrNone(Func<int> id)
    {
        try
        {
            return id();
        }
        catch (TokenizerException)
        {
            return null;
        }
    }
}
