using Collimate.Tokenization.Decoding;
using Collimate.Tokenization.Models;
using Collimate.Tokenization.Normalization;
using Collimate.Tokenization.PreTokenization;

namespace Collimate.Tokenization;

/// <summary>The pipeline that does what a <see cref="BytePairTokenizer"/> does, step by step.</summary>
internal static class BytePairPipeline
{
    internal static Tokenizer Make(BytePairModel model)
    {
        var vocabulary = new Dictionary<string, int>(model.Vocabulary, StringComparer.Ordinal);
        var words = new SplitPreTokenizer(TextPattern.OfRegex(model.Pattern), SplitBehavior.Isolated, inverted: false);
        var parts = new TokenizerParts
        {
            Model = new PairModel(vocabulary, model.Merges, new PairOptions { IgnoresMerges = model.IgnoreMerges }),
            AddedTokens = model.AddedTokens,
            Normalizer = model.NormalizeNfc ? new UnicodeForm(composes: true, compatible: false) : null,
            PreTokenizer = model.AddPrefixSpace
                ? new SequencePreTokenizer([new PrefixSpace(), words, new ByteLevelPreTokenizer(addsPrefixSpace: false, cutsWords: false)])
                : new SequencePreTokenizer([words, new ByteLevelPreTokenizer(addsPrefixSpace: false, cutsWords: false)]),
            Decoder = new ByteLevelDecoder(),
        };
        return new Tokenizer(parts, new TokenTable(model.Vocabulary, model.AddedTokens));
    }

    private sealed class PrefixSpace : IPreTokenizer
    {
        public void Cut(NormalizedText piece, List<NormalizedText> words) =>
            words.Add(piece.Span.StartsWith(" ", StringComparison.Ordinal) ? piece : PrependNormalizer.Prepend(piece, " "));
    }
}
