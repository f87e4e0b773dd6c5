namespace Collimate.Tokenization.PostProcessing;

/// <summary>A token with all that is known of it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Start">Where it begins in the text.</param>
/// <param name="End">One past its end.</param>
/// <param name="Word">The number of its word; -1 for a token that was put in.</param>
/// <param name="TypeId">Of which text it is, as the model is told.</param>
/// <param name="IsPutIn">Whether it was put in around the text.</param>
/// <param name="Surface">How it is shown where that is not the id's spelling.</param>
internal readonly record struct SequenceToken(int Id, int Start, int End, int Word, int TypeId = 0, bool IsPutIn = false, string? Surface = null);
