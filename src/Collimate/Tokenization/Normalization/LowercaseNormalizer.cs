using System.Text;

namespace Collimate.Tokenization.Normalization;

/// <summary>Lower case, character by character and the same in every language.</summary>
internal sealed class LowercaseNormalizer : INormalizer
{
    private static readonly Rune DottedCapital = new(0x130), SmallI = new('i'), DotAbove = new(0x307);

    /// <summary>A character's lower case where that is one character; all but U+0130 have such.</summary>
    internal static Rune Lower(Rune rune) => Rune.ToLowerInvariant(rune);

    public NormalizedText Normalize(NormalizedText text)
    {
        var first = FirstChanged(text.Span);
        if (first < 0)
        {
            return text;
        }

        var edit = new TextEdit(text);
        edit.CopyTo(first);
        for (var at = first; at < text.Length;)
        {
            var rune = text.RuneAt(at);
            at += rune.Utf16SequenceLength;
            if (rune == DottedCapital)
            {
                edit.Write(SmallI, 0);
                edit.Write(DotAbove, 1);
            }
            else
            {
                edit.Write(Lower(rune), 0);
            }
        }

        return edit.Finish();
    }

    private static int FirstChanged(ReadOnlySpan<char> text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (text[at] < 128)
            {
                if (char.IsAsciiLetterUpper(text[at]))
                {
                    return at;
                }

                at++;
                continue;
            }

            Rune.DecodeFromUtf16(text[at..], out var rune, out var length);
            if (rune == DottedCapital || Lower(rune) != rune)
            {
                return at;
            }

            at += length;
        }

        return -1;
    }
}
