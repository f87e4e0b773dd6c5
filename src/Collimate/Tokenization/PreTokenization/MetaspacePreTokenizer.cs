using Collimate.Tokenization.Normalization;

namespace Collimate.Tokenization.PreTokenization;

/// <summary>Blanks become a visible character, and a word begins with one.</summary>
/// <remarks>Hugging Face: <c>Metaspace</c>; after SentencePiece's <c>▁</c>.</remarks>
internal sealed class MetaspacePreTokenizer(string replacement, PrependScheme scheme, bool splits) : IPreTokenizer
{
    private readonly ReplaceNormalizer blanks = new(TextPattern.Of(" "), replacement);
    private readonly SplitPreTokenizer words = new(TextPattern.Of(replacement), SplitBehavior.MergedWithNext, inverted: false);

    public void Cut(NormalizedText piece, List<NormalizedText> words)
    {
        var text = blanks.Normalize(piece);
        if ((scheme == PrependScheme.Always || (scheme == PrependScheme.First && text.Origin == 0)) && !text.Span.StartsWith(replacement, StringComparison.Ordinal))
        {
            text = PrependNormalizer.Prepend(text, replacement);
        }

        if (splits)
        {
            this.words.Cut(text, words);
        }
        else
        {
            words.Add(text);
        }
    }
}
