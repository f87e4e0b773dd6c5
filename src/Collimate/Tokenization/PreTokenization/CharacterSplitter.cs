using System.Text;
using Collimate.Tokenization.Normalization;

namespace Collimate.Tokenization.PreTokenization;

/// <summary>Cuts at every character of a kind: white space, punctuation, digits.</summary>
internal sealed class CharacterSplitter(Func<Rune, bool> isFound, SplitBehavior behavior) : IPreTokenizer
{
    private readonly bool[] findsAscii = [.. Enumerable.Range(0, 128).Select(c => isFound(new Rune(c)))];

    public void Cut(NormalizedText piece, List<NormalizedText> words)
    {
        var matches = new List<(int Start, int End)>();
        var span = piece.Span;
        for (var at = 0; at < span.Length;)
        {
            var length = 1;
            if (span[at] < 128 ? findsAscii[span[at]] : Finds(span[at..], out length))
            {
                matches.Add((at, at + length));
            }

            at += length;
        }

        if (matches.Count == 0)
        {
            words.Add(piece);
            return;
        }

        Cutting.Cut(piece, matches, behavior, inverted: false, words);
    }

    private bool Finds(ReadOnlySpan<char> text, out int length)
    {
        Rune.DecodeFromUtf16(text, out var rune, out length);
        return isFound(rune);
    }
}
