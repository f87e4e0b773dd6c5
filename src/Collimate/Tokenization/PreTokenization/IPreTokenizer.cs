using Collimate.Tokenization.Normalization;

namespace Collimate.Tokenization.PreTokenization;

/// <summary>A step that cuts normalized text into the words inside which the model works.</summary>
internal interface IPreTokenizer
{
    /// <summary>Cuts a piece.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="words">Where the words are added, from left to right; empty ones are left out by whoever asked.</param>
    void Cut(NormalizedText piece, List<NormalizedText> words);
}
