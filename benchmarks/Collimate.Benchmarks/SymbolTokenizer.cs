using System.Text;
using Collimate.Data.Conversations;
using Collimate.Tokenization;

namespace Collimate.Benchmarks;

/// <summary>A token a character, so that synthetic text has exactly the length that is asked for.</summary>
internal sealed class SymbolTokenizer : ITokenizer
{
    public const int Padding = 0;
    public const int End = 3;

    private const char First = '\u4E00'; // a long run of letters, none of which means anything to a tokenizer

    private static readonly string[] Special = ["<|pad|>", "<|user|>", "<|assistant|>", "<|end|>", "<image>"];

    /// <summary>The gym's template without the space before words.</summary>
    public static ChatTemplate Template { get; } = ChatTemplate.Gym with
    {
        System = new(), User = new("<|user|>"), Assistant = new("<|assistant|>", "<|end|>"),
    };

    public int VocabularySize => GymModel.Vocabulary;

    public int PadId => Padding;

    public int EosId => End;

    public int? BosId => null;

    public int? ImageId => 4;

    /// <summary>Random words.</summary>
    public static string Words(Random random, int length) =>
        new([.. Enumerable.Range(0, length).Select(_ => (char)(First + random.Next(GymModel.Vocabulary - Special.Length)))]);

    public int[] Encode(string text) => [.. text.Select(letter => letter - First + Special.Length)];

    public EncodedToken[] EncodeWithOffsets(string text, bool recogniseAdded = true) => [.. Encode(text).Select((id, at) => new EncodedToken(id, at, at + 1))];

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        var text = new StringBuilder();
        foreach (var id in ids)
        {
            text.Append(id < Special.Length && skipSpecial ? "" : IdToToken(id));
        }

        return text.ToString();
    }

    public ReadOnlySpan<byte> BytesOf(int id, bool skipSpecial = true) => Encoding.UTF8.GetBytes(Decode([id], skipSpecial));

    public int? TokenToId(string token) => Array.IndexOf(Special, token) is var id and >= 0 ? id : null;

    public string IdToToken(int id) => id < Special.Length ? Special[id] : $"{(char)(First + id - Special.Length)}";
}
