using Collimate.Tokenization.Normalization;

namespace Collimate.Tokenization.PreTokenization;

/// <summary>Cuts at what a pattern finds.</summary>
internal sealed class SplitPreTokenizer(TextPattern pattern, SplitBehavior behavior, bool inverted) : IPreTokenizer
{
    public void Cut(NormalizedText piece, List<NormalizedText> words)
    {
        var matches = new List<(int Start, int End)>();
        pattern.Find(piece.Span, matches);
        Cutting.Cut(piece, matches, behavior, inverted, words);
    }
}
