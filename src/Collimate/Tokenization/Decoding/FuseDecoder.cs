namespace Collimate.Tokenization.Decoding;

/// <summary>Makes one of all tokens.</summary>
internal sealed class FuseDecoder : ITokenDecoder
{
    public List<string> Decode(List<string> tokens) => [string.Concat(tokens)];
}
