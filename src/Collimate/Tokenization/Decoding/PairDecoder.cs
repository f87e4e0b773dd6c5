namespace Collimate.Tokenization.Decoding;

/// <summary>Blanks where a word ends (Hugging Face: <c>BPEDecoder</c>).</summary>
internal sealed class PairDecoder(string suffix) : ITokenDecoder
{
    public List<string> Decode(List<string> tokens) =>
        suffix.Length == 0 ? tokens : [.. tokens.Select((token, k) => token.Replace(suffix, k == tokens.Count - 1 ? "" : " ", StringComparison.Ordinal))];
}
