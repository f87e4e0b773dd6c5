using Collimate.Semantics;
using Collimate.Tokenization;

namespace Collimate.Inspection;

/// <summary>A word that a visual token may turn out to mean.</summary>
/// <param name="Text">The word.</param>
/// <param name="TokenIds">Its tokens in the decoder's vocabulary, at least one; several are averaged.</param>
public sealed record CandidateWord(string Text, IReadOnlyList<int> TokenIds)
{
    /// <summary>The words of a list as a decoder reads them within a sentence.</summary>
    /// <param name="words">The list.</param>
    /// <param name="tokenizer">The decoder's tokenizer.</param>
    /// <exception cref="Data.DataException">A word becomes no token at all.</exception>
    public static IReadOnlyList<CandidateWord> Of(WordList words, ITokenizer tokenizer)
    {
        var targets = WordTargets.Of(words, tokenizer);
        return [.. Enumerable.Range(0, words.Count).Select(word => new CandidateWord(words[word], targets.TokensOf(word)))];
    }
}
