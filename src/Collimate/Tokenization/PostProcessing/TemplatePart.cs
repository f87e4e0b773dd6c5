namespace Collimate.Tokenization.PostProcessing;

/// <summary>A part of a template: one of the texts, or tokens that are put in.</summary>
/// <param name="Text">The number of the text, or -1.</param>
/// <param name="TypeId">The type of the part's tokens.</param>
/// <param name="Tokens">The tokens that are put in; empty for a text.</param>
internal sealed record TemplatePart(int Text, int TypeId, IReadOnlyList<(string Token, int Id)> Tokens);
