namespace Collimate.Tokenization.Models;

/// <summary>Turns one word into tokens. Safe to use from several threads.</summary>
internal interface ITokenModel
{
    /// <summary>Every token of the vocabulary with its id, in which a token may stand several times.</summary>
    IReadOnlyList<KeyValuePair<string, int>> Vocabulary { get; }

    /// <summary>The tokens of a word that is not empty.</summary>
    /// <param name="word">Well-formed characters.</param>
    /// <param name="tokens">Where they are added.</param>
    void Tokenize(ReadOnlySpan<char> word, List<ModelToken> tokens);
}
