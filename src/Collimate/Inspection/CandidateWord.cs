namespace Collimate.Inspection;

/// <summary>A word that a visual token may turn out to mean.</summary>
/// <param name="Text">The word.</param>
/// <param name="TokenIds">Its tokens in the decoder's vocabulary, at least one; several are averaged.</param>
public sealed record CandidateWord(string Text, IReadOnlyList<int> TokenIds);
