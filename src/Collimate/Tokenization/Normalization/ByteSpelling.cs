using System.Text;

namespace Collimate.Tokenization.Normalization;

/// <summary>Spells every byte of a text as a printable character; each takes the place of the character it is part of.</summary>
internal sealed class ByteSpelling : INormalizer
{
    public NormalizedText Normalize(NormalizedText text) => Spell(text);

    internal static NormalizedText Spell(NormalizedText text)
    {
        // ASCII letters and punctuation stand for themselves, and a blank for one character.
        if (text.Span.IndexOfAnyExceptInRange('!', '~') < 0)
        {
            return text;
        }

        var edit = new TextEdit(text);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.Span.EnumerateRunes())
        {
            var count = rune.EncodeToUtf8(bytes);
            for (var k = 0; k < count; k++)
            {
                edit.Write(new Rune(ByteLevel.Spell(bytes[k])), k == 0 ? 0 : 1);
            }
        }

        return edit.Finish();
    }
}
