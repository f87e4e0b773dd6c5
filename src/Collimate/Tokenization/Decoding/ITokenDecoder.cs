namespace Collimate.Tokenization.Decoding;

/// <summary>A step from tokens, as the vocabulary spells them, back to text; in the end what is left is joined.</summary>
internal interface ITokenDecoder
{
    List<string> Decode(List<string> tokens);
}
