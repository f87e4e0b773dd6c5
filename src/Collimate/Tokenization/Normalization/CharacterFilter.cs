using System.Text;

namespace Collimate.Tokenization.Normalization;

/// <summary>Leaves out some characters and replaces others one for one.</summary>
/// <param name="rewrite">What becomes of a character; null leaves it out.</param>
internal sealed class CharacterFilter(Func<Rune, Rune?> rewrite) : INormalizer
{
    private readonly bool[] keepsAscii = [.. Enumerable.Range(0, 128).Select(c => rewrite(new Rune(c)) == new Rune(c))];

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
            if (rewrite(rune) is { } kept)
            {
                edit.Write(kept, 0);
            }
            else
            {
                edit.Skip(1);
            }
        }

        return edit.Finish();
    }

    private int FirstChanged(ReadOnlySpan<char> text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (text[at] < 128)
            {
                if (!keepsAscii[text[at]])
                {
                    return at;
                }

                at++;
                continue;
            }

            Rune.DecodeFromUtf16(text[at..], out var rune, out var length);
            if (rewrite(rune) != rune)
            {
                return at;
            }

            at += length;
        }

        return -1;
    }
}
