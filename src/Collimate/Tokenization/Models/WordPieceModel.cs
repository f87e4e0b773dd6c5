using System.Runtime.InteropServices;

namespace Collimate.Tokenization.Models;

/// <summary>The longest token that a word begins with, then the longest that continues it, and so on; a word that does not come out is unknown as a whole.</summary>
/// <remarks>Wu et al. 2016; Hugging Face: <c>WordPiece</c>.</remarks>
internal sealed class WordPieceModel : ITokenModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ids;
    private readonly WordCache cache = new();
    private readonly string prefix;
    private readonly int unknown;
    private readonly int longestWord;
    private readonly int longestToken;

    /// <summary>Makes a model.</summary>
    /// <param name="vocabulary">Token to id.</param>
    /// <param name="unknownToken">What unknown words become.</param>
    /// <param name="continuingPrefix">How a token that continues a word is marked.</param>
    /// <param name="longestWord">Longer words, in characters, are unknown.</param>
    internal WordPieceModel(Dictionary<string, int> vocabulary, string unknownToken, string continuingPrefix, int longestWord)
    {
        Vocabulary = [.. vocabulary];
        ids = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        unknown = vocabulary.TryGetValue(unknownToken, out var id) ? id : throw new TokenizerException($"model.unk_token is '{unknownToken}', which model.vocab does not have; add it");
        (prefix, this.longestWord) = (continuingPrefix, longestWord);
        longestToken = vocabulary.Keys.Max(token => token.Length);
    }

    public IReadOnlyList<KeyValuePair<string, int>> Vocabulary { get; }

    public void Tokenize(ReadOnlySpan<char> word, List<ModelToken> tokens)
    {
        if (cache.Find(word) is { } known)
        {
            tokens.AddRange(known);
            return;
        }

        var first = tokens.Count;
        if (Length(word) > longestWord || !Cut(word, tokens))
        {
            CollectionsMarshal.SetCount(tokens, first);
            tokens.Add(new ModelToken(unknown, 0, word.Length));
        }

        cache.Add(word, CollectionsMarshal.AsSpan(tokens)[first..]);
    }

    private static int Length(ReadOnlySpan<char> word)
    {
        var length = word.Length;
        foreach (var c in word)
        {
            length -= char.IsLowSurrogate(c) ? 1 : 0;
        }

        return length;
    }

    private bool Cut(ReadOnlySpan<char> word, List<ModelToken> tokens)
    {
        var marked = new char[prefix.Length + longestToken];
        for (var start = 0; start < word.Length;)
        {
            var lead = start == 0 ? 0 : prefix.Length;
            prefix.AsSpan(0, lead).CopyTo(marked);
            var most = Math.Min(word.Length - start, Math.Max(0, longestToken - lead));
            word.Slice(start, most).CopyTo(marked.AsSpan(lead));
            var length = most;
            var id = -1;
            while (length > 0 && !ids.TryGetValue(marked.AsSpan(0, lead + length), out id))
            {
                length--;
                id = -1;
            }

            // Where the word is cut inside a surrogate pair no token fits, for tokens are well formed.
            if (id < 0)
            {
                return false;
            }

            tokens.Add(new ModelToken(id, start, start + length));
            start += length;
        }

        return true;
    }
}
