namespace Collimate.Tokenization.Models;

/// <summary>A token that a model found in a word.</summary>
/// <param name="Id">The token.</param>
/// <param name="Start">Where it begins in the word.</param>
/// <param name="End">One past its end.</param>
/// <param name="IsUnknown">Whether the id only says "unknown" and the token is shown as its characters.</param>
internal readonly record struct ModelToken(int Id, int Start, int End, bool IsUnknown = false);
