using Collimate.Tokenization.Normalization;

namespace Collimate.Tokenization.PreTokenization;

/// <summary>Cuts by GPT-2's pattern, if asked to, and spells every byte as a printable character.</summary>
internal sealed class ByteLevelPreTokenizer(bool addsPrefixSpace, bool cutsWords) : IPreTokenizer
{
    private readonly SplitPreTokenizer? words = cutsWords ? new SplitPreTokenizer(TextPattern.OfRegex(WordSplitter.Gpt2), SplitBehavior.Isolated, inverted: false) : null;

    public void Cut(NormalizedText piece, List<NormalizedText> words)
    {
        if (addsPrefixSpace && piece.Length > 0 && piece.Span[0] != ' ')
        {
            piece = PrependNormalizer.Prepend(piece, " ");
        }

        var first = words.Count;
        if (this.words is null)
        {
            words.Add(piece);
        }
        else
        {
            this.words.Cut(piece, words);
        }

        for (var k = first; k < words.Count; k++)
        {
            words[k] = ByteSpelling.Spell(words[k]);
        }
    }
}
