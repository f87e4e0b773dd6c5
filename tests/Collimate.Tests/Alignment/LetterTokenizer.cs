using System.Text;
using Collimate.Data.Conversations;
using Collimate.Tokenization;

namespace Collimate.Tests.Alignment;

/// <summary>A token a letter: every sequence of letters is the tokens of exactly one text, so what a model writes can be asked back.</summary>
internal sealed class LetterTokenizer : ITokenizer
{
    private static readonly string[] Tokens = ["<|pad|>", "<|user|>", "<|assistant|>", "<|end|>", "<image>", .. Letters.Select(letter => $"{letter}")];

    public const string Letters = "abcdefg";

    /// <summary>The gym's template without the space before words.</summary>
    public static ChatTemplate Template { get; } = ChatTemplate.Gym with
    {
        System = new(), User = new("<|user|>"), Assistant = new("<|assistant|>", "<|end|>"),
    };

    public int VocabularySize => Tokens.Length;

    public int PadId => 0;

    public int EosId => 3;

    public int? BosId => null;

    public int? ImageId => 4;

    public int[] Encode(string text) => [.. EncodeWithOffsets(text, recogniseAdded: false).Select(token => token.Id)];

    public EncodedToken[] EncodeWithOffsets(string text, bool recogniseAdded = true) =>
        [.. text.Select((letter, at) => new EncodedToken(TokenToId($"{letter}") ?? throw new ArgumentException($"no letter '{letter}'"), at, at + 1))];

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        var text = new StringBuilder();
        foreach (var id in ids)
        {
            text.Append(skipSpecial && id <= ImageId ? "" : Tokens[id]);
        }

        return text.ToString();
    }

    public ReadOnlySpan<byte> BytesOf(int id, bool skipSpecial = true) => Encoding.UTF8.GetBytes(Decode([id], skipSpecial));

    public int? TokenToId(string token) => Array.IndexOf(Tokens, token) is var id and >= 0 ? id : null;

    public string IdToToken(int id) => Tokens[id];
}
