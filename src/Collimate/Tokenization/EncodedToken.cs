namespace Collimate.Tokenization;

/// <summary>A token and the characters of the text that it came from.</summary>
/// <param name="Id">The token.</param>
/// <param name="Start">The first UTF-16 code unit of the text that has a part in the token.</param>
/// <param name="End">One past the last. Tokens that share a character, each with some of its bytes, all span the whole character.</param>
public readonly record struct EncodedToken(int Id, int Start, int End);
