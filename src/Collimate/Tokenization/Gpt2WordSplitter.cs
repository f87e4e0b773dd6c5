namespace Collimate.Tokenization;

/// <summary><see cref="WordSplitter.Gpt2"/> written out: contractions; then letters, digits or symbols, each with the space before them; then white space.</summary>
internal sealed class Gpt2WordSplitter : WordSplitter
{
    internal override void Split(ReadOnlySpan<char> text, List<int> ends)
    {
        for (var at = 0; at < text.Length;)
        {
            at = End(text, at);
            ends.Add(at);
        }
    }

    private static int End(ReadOnlySpan<char> text, int at)
    {
        if (ContractionEnd(text, at, ignoreCase: false) is > 0 and var contraction)
        {
            return contraction;
        }

        var start = text[at] == ' ' && at + 1 < text.Length ? at + 1 : at;
        var kind = CharacterClasses.At(text, start, out _);
        return kind == CharacterClass.Space
            ? SpaceEnd(text, at, RunEnd(text, at, CharacterClass.Space))
            : RunEnd(text, start, kind);
    }
}
