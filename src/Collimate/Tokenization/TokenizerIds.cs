namespace Collimate.Tokenization;

/// <summary>The ids of tokens that a tokenizer may do without.</summary>
internal static class TokenizerIds
{
    /// <summary>The token that fills up short rows, or null where the tokenizer names none.</summary>
    internal static int? PadOrNull(this ITokenizer tokenizer) => OrNull(() => tokenizer.PadId);

    /// <summary>The token that ends an answer, or null where the tokenizer names none.</summary>
    internal static int? EosOrNull(this ITokenizer tokenizer) => OrNull(() => tokenizer.EosId);

    private static int? OrNull(Func<int> id)
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
