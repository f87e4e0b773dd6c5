using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Collimate.Tokenization.Models;

/// <summary>The cut of a word whose tokens have the highest sum of scores.</summary>
/// <remarks>
/// Kudo 2018; Hugging Face: <c>Unigram</c>. One pass from left to right keeps the best way to every place (Viterbi), so time is linear in the
/// text and in the longest token. What no token covers is one unknown token a run, or its bytes.
/// </remarks>
internal sealed class UnigramModel : ITokenModel
{
    private const double UnknownPenalty = 10;

    private readonly VocabularyTrie trie = new();
    private readonly WordCache cache = new();
    private readonly double[] scores;
    private readonly double unknownScore;
    private readonly int? unknown;
    private readonly int[]? bytes;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ids;

    /// <summary>Makes a model.</summary>
    /// <param name="tokens">Tokens and scores; a token's id is its place.</param>
    /// <param name="unknown">The token for what no other covers.</param>
    /// <param name="byteFallback">Whether that is written as bytes where the vocabulary has them all.</param>
    internal UnigramModel(IReadOnlyList<(string Token, double Score)> tokens, int? unknown, bool byteFallback)
    {
        var table = new Dictionary<string, int>(StringComparer.Ordinal);
        scores = new double[tokens.Count];
        for (var id = 0; id < tokens.Count; id++)
        {
            scores[id] = tokens[id].Score;
            table[tokens[id].Token] = id;
            if (tokens[id].Token.Length > 0)
            {
                trie.Add(tokens[id].Token, id);
            }
        }

        Vocabulary = [.. tokens.Select((t, id) => KeyValuePair.Create(t.Token, id))];
        ids = table.GetAlternateLookup<ReadOnlySpan<char>>();
        unknownScore = scores.DefaultIfEmpty().Min() - UnknownPenalty;
        this.unknown = unknown;
        bytes = byteFallback ? ByteTokens.Find(table) : null;
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
        Collect(word, tokens);
        cache.Add(word, CollectionsMarshal.AsSpan(tokens)[first..]);
    }

    private void Collect(ReadOnlySpan<char> word, List<ModelToken> tokens)
    {
        var best = ArrayPool<Step>.Shared.Rent(word.Length + 1);
        FindBest(word, best);
        var cuts = new List<(int Start, int End, bool Unknown)>();
        for (var end = word.Length; end > 0; end = best[end].Start)
        {
            var isUnknown = best[end].Id < 0 || best[end].Id == unknown;
            if (isUnknown && cuts.Count > 0 && cuts[^1].Unknown)
            {
                cuts[^1] = (best[end].Start, cuts[^1].End, true);
            }
            else
            {
                cuts.Add((best[end].Start, end, isUnknown));
            }
        }

        for (var k = cuts.Count - 1; k >= 0; k--)
        {
            Add(word, cuts[k].Start, cuts[k].End, tokens);
        }

        ArrayPool<Step>.Shared.Return(best);
    }

    private void FindBest(ReadOnlySpan<char> word, Step[] best)
    {
        best.AsSpan(0, word.Length + 1).Fill(new Step(double.NegativeInfinity, -1, -1));
        best[0] = new Step(0, 0, -1);
        for (var start = 0; start < word.Length;)
        {
            var score = best[start].Score;
            var length = char.IsHighSurrogate(word[start]) ? 2 : 1;
            var coversOne = false;
            var node = 0;
            for (var end = start; end < word.Length && (node = trie.Next(node, word[end])) > 0;)
            {
                end++;
                if (trie.ValueAt(node) is >= 0 and var id)
                {
                    Offer(best, start, end, score + scores[id], id);
                    coversOne |= end - start == length;
                }
            }

            if (!coversOne)
            {
                Offer(best, start, start + length, score + unknownScore, -1);
            }

            start += length;
        }
    }

    private static void Offer(Step[] best, int start, int end, double score, int id)
    {
        if (best[end].Start < 0 || score > best[end].Score)
        {
            best[end] = new Step(score, start, id);
        }
    }

    private void Add(ReadOnlySpan<char> word, int start, int end, List<ModelToken> tokens)
    {
        var piece = word[start..end];
        if (ids.TryGetValue(piece, out var id))
        {
            tokens.Add(new ModelToken(id, start, end));
            return;
        }

        if (bytes is not null)
        {
            var utf8 = new byte[Encoding.UTF8.GetByteCount(piece)];
            Encoding.UTF8.GetBytes(piece, utf8);
            foreach (var value in utf8)
            {
                tokens.Add(new ModelToken(bytes[value], start, end));
            }

            return;
        }

        tokens.Add(new ModelToken(
            unknown ?? throw new TokenizerException($"'{piece}' is not in model.vocab, and model.unk_id names no token for what is unknown"), start, end, IsUnknown: true));
    }

    // The best way to a place: its score, where its last token begins, and that token (-1: unknown).
    private readonly record struct Step(double Score, int Start, int Id);
}
