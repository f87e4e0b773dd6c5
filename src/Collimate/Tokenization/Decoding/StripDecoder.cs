namespace Collimate.Tokenization.Decoding;

/// <summary>Takes up to so many of a character from the ends of each token.</summary>
internal sealed class StripDecoder(char content, int atStart, int atEnd) : ITokenDecoder
{
    public List<string> Decode(List<string> tokens) => [.. tokens.Select(Strip)];

    private string Strip(string token)
    {
        var (start, end) = (0, token.Length);
        while (start < atStart && start < token.Length && token[start] == content)
        {
            start++;
        }

        while (token.Length - end < atEnd && end > start && token[end - 1] == content)
        {
            end--;
        }

        return token[start..end];
    }
}
