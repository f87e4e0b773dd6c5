namespace Collimate.Tokenization.Normalization;

/// <summary>Puts characters in front of a text that is not empty; they share the place of its first character.</summary>
internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    public NormalizedText Normalize(NormalizedText text) => Prepend(text, prefix);

    internal static NormalizedText Prepend(NormalizedText text, string prefix)
    {
        if (text.Length == 0 || prefix.Length == 0)
        {
            return text;
        }

        var edit = new TextEdit(text);
        var change = 0;
        foreach (var rune in prefix.EnumerateRunes())
        {
            edit.Write(rune, change);
            change = 1;
        }

        var first = text.RuneAt(0);
        edit.Write(first, 1);
        edit.CopyTo(text.Length);
        return edit.Finish();
    }
}
