namespace Collimate.Tokenization.Models;

/// <summary>A word is a token or unknown.</summary>
internal sealed class WordLevelModel : ITokenModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ids;
    private readonly int? unknown;

    internal WordLevelModel(Dictionary<string, int> vocabulary, string unknownToken)
    {
        Vocabulary = [.. vocabulary];
        ids = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        unknown = vocabulary.TryGetValue(unknownToken, out var id) ? id : null;
    }

    public IReadOnlyList<KeyValuePair<string, int>> Vocabulary { get; }

    public void Tokenize(ReadOnlySpan<char> word, List<ModelToken> tokens) => tokens.Add(new ModelToken(
        ids.TryGetValue(word, out var id) ? id : unknown ?? throw new TokenizerException(
            $"'{word}' is not in model.vocab, and neither is the token for unknown words; add the model.unk_token to model.vocab"),
        0,
        word.Length));
}
