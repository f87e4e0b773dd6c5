namespace Collimate.Tokenization.Normalization;

/// <summary>Replaces whatever a pattern finds.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : INormalizer
{
    public NormalizedText Normalize(NormalizedText text)
    {
        var matches = new List<(int Start, int End)>();
        pattern.Find(text.Span, matches);
        if (matches.Count == 0)
        {
            return text;
        }

        // The same number of units in the same places, as where a blank becomes another: nothing moves.
        if (content.Length == 1 && matches.TrueForAll(m => m.End - m.Start == 1))
        {
            var changed = text.Span.ToArray();
            foreach (var (start, _) in matches)
            {
                changed[start] = content[0];
            }

            return text.WithBuffer(changed);
        }

        var edit = new TextEdit(text);
        foreach (var (start, end) in matches)
        {
            edit.CopyTo(start);
            edit.Replace(end, content);
        }

        edit.CopyTo(text.Length);
        return edit.Finish();
    }
}
