namespace Collimate.Tokenization.Decoding;

/// <summary>Blanks from the visible character; those of the first token were put in and go.</summary>
internal sealed class MetaspaceDecoder(string replacement, bool dropsFirst) : ITokenDecoder
{
    public List<string> Decode(List<string> tokens) =>
        [.. tokens.Select((token, k) => token.Replace(replacement, k == 0 && dropsFirst ? "" : " ", StringComparison.Ordinal))];
}
