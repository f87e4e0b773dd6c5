namespace Collimate.Tokenization.Decoding;

/// <summary>Blanks between words; with cleaning, none before punctuation and contractions of English.</summary>
internal sealed class WordPieceDecoder(string prefix, bool cleans) : ITokenDecoder
{
    public List<string> Decode(List<string> tokens) => [.. tokens.Select((token, k) =>
    {
        var text = k == 0 ? token : prefix.Length > 0 && token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : prefix.Length == 0 ? token : " " + token;
        return cleans ? DecodedText.CleanWord(text) : text;
    })];
}
