using System.Globalization;
using System.Text;

namespace Collimate.Tokenization;

/// <summary>What the word patterns distinguish: letters (<c>\p{L}</c>), numbers (<c>\p{N}</c>), white space (<c>\s</c>) and the rest.</summary>
internal enum CharacterClass : byte
{
    Other,
    Letter,
    Number,
    Space,
}

/// <summary>The class of a character, surrogate pairs included: .NET's own regular expressions see only halves of those.</summary>
internal static class CharacterClasses
{
    private static readonly CharacterClass[] Table = MakeTable();

    /// <summary>The class of the character at a place.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="at">The place.</param>
    /// <param name="length">How many UTF-16 code units it takes: 2 for a surrogate pair.</param>
    internal static CharacterClass At(ReadOnlySpan<char> text, int at, out int length)
    {
        var c = text[at];
        if (!char.IsHighSurrogate(c) || at + 1 >= text.Length || !char.IsLowSurrogate(text[at + 1]))
        {
            length = 1;
            return Table[c];
        }

        length = 2;
        return Of(Rune.GetUnicodeCategory(new Rune(c, text[at + 1])));
    }

    private static CharacterClass Of(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => CharacterClass.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
        _ => CharacterClass.Other,
    };

    private static CharacterClass[] MakeTable()
    {
        var table = new CharacterClass[char.MaxValue + 1];
        for (var c = 0; c < table.Length; c++)
        {
            table[c] = char.IsWhiteSpace((char)c) ? CharacterClass.Space : Of(CharUnicodeInfo.GetUnicodeCategory((char)c));
        }

        return table;
    }
}
