namespace Collimate.Tokenization.Normalization;

/// <summary>Leaves out the white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    public NormalizedText Normalize(NormalizedText text)
    {
        var (from, to) = (0, text.Length);
        while (left && from < to && char.IsWhiteSpace(text.Span[from]))
        {
            from++;
        }

        while (right && to > from && char.IsWhiteSpace(text.Span[to - 1]))
        {
            to--;
        }

        return text.Slice(from, to);
    }
}
