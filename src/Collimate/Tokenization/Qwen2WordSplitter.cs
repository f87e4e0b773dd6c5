namespace Collimate.Tokenization;

/// <summary><see cref="WordSplitter.Qwen2"/> and <see cref="WordSplitter.Llama3"/> written out, alternative by alternative.</summary>
internal sealed class Qwen2WordSplitter(int digits) : WordSplitter
{
    internal override void Split(ReadOnlySpan<char> text, List<int> ends)
    {
        for (var at = 0; at < text.Length;)
        {
            at = End(text, at);
            ends.Add(at);
        }
    }

    private int End(ReadOnlySpan<char> text, int at)
    {
        if (ContractionEnd(text, at, ignoreCase: true) is > 0 and var contraction)
        {
            return contraction;
        }

        var kind = CharacterClasses.At(text, at, out var length);
        var following = at + length < text.Length ? CharacterClasses.At(text, at + length, out _) : CharacterClass.Space;
        if (kind == CharacterClass.Letter)
        {
            return RunEnd(text, at, CharacterClass.Letter);
        }

        if (kind == CharacterClass.Number)
        {
            return RunEnd(text, at, CharacterClass.Number, digits);
        }

        // [^\r\n\p{L}\p{N}]?\p{L}+ : any one other character goes with the letters after it.
        if (following == CharacterClass.Letter && text[at] is not ('\r' or '\n'))
        {
            return RunEnd(text, at + length, CharacterClass.Letter);
        }

        if (kind == CharacterClass.Other || (text[at] == ' ' && following == CharacterClass.Other))
        {
            var end = RunEnd(text, kind == CharacterClass.Other ? at : at + 1, CharacterClass.Other);
            while (end < text.Length && text[end] is '\r' or '\n')
            {
                end++;
            }

            return end;
        }

        // \s*[\r\n]+ : up to the last line end of the white space.
        var run = RunEnd(text, at, CharacterClass.Space);
        var line = text[at..run].LastIndexOfAny('\r', '\n');
        return line >= 0 ? at + line + 1 : SpaceEnd(text, at, run);
    }
}
