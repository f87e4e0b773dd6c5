using System.Globalization;
using System.Text;
using Collimate.Tokenization.Normalization;

namespace Collimate.Tokenization.PreTokenization;

/// <summary>Words of letters, marks, digits and connectors, and runs of anything else that is not white space: <c>\w+|[^\w\s]+</c>.</summary>
/// <remarks>Written out because .NET's <c>\w</c> is another set; this is the one of Unicode Technical Standard 18.</remarks>
internal sealed class WordPreTokenizer : IPreTokenizer
{
    private enum Kind
    {
        Space,
        Word,
        Symbol,
    }

    public void Cut(NormalizedText piece, List<NormalizedText> words)
    {
        var start = 0;
        var current = Kind.Space;
        var span = piece.Span;
        for (var at = 0; at < span.Length;)
        {
            Rune.DecodeFromUtf16(span[at..], out var rune, out var length);
            var kind = Rune.IsWhiteSpace(rune) ? Kind.Space : IsWord(rune) ? Kind.Word : Kind.Symbol;
            if (kind != current)
            {
                Add(piece, start, at, current, words);
                (start, current) = (at, kind);
            }

            at += length;
        }

        Add(piece, start, span.Length, current, words);
    }

    /// <summary>Whether a character is part of a word.</summary>
    internal static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation => true,

        // Letters in circles and squares, and the joiners.
        _ => rune.Value is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
    };

    private static void Add(NormalizedText piece, int start, int end, Kind kind, List<NormalizedText> words)
    {
        if (kind != Kind.Space && end > start)
        {
            words.Add(piece.Slice(start, end));
        }
    }
}
