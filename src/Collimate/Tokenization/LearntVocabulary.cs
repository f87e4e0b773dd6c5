namespace Collimate.Tokenization;

/// <summary>What <see cref="BytePairTrainer"/> learns.</summary>
/// <param name="Vocabulary">Token, in byte-level spelling, to id: the 256 bytes, then the joined tokens in the order in which they were learnt.</param>
/// <param name="Merges">Pairs that are joined, the earliest first.</param>
/// <param name="Added">The special tokens, whose ids come last.</param>
public sealed record LearntVocabulary(
    IReadOnlyDictionary<string, int> Vocabulary, IReadOnlyList<(string Left, string Right)> Merges, IReadOnlyList<AddedToken> Added)
{
    /// <summary>A tokenizer of this vocabulary.</summary>
    /// <param name="padToken">Fills up short rows; one of the special tokens.</param>
    /// <param name="eosToken">Ends an answer; one of the special tokens.</param>
    /// <param name="imageToken">Stands for a picture; one of the special tokens.</param>
    /// <exception cref="TokenizerException">A token is not in the vocabulary.</exception>
    public BytePairTokenizer ToTokenizer(string? padToken = null, string? eosToken = null, string? imageToken = null) => new(new BytePairModel
    {
        Vocabulary = Vocabulary, Merges = Merges, AddedTokens = Added, PadToken = padToken, EosToken = eosToken, ImageToken = imageToken,
    });
}
