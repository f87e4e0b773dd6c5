using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Collimate.Tokenization.Models;

/// <summary>Characters joined pair by pair in the order in which the merges were learnt.</summary>
/// <remarks>
/// Sennrich et al. 2016; Hugging Face: <c>BPE</c>. Where no token holds a certain pair of neighbours, no merge can ever reach across it: a long text is cut
/// there first, which changes no token, so that its words can be remembered.
/// </remarks>
internal sealed class PairModel : ITokenModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ids;
    private readonly WordCache cache = new();
    private readonly MergeTable merges;
    private readonly PairOptions options;
    private readonly int? unknown;
    private readonly int[] bytes = new int[256];
    private readonly HashSet<uint>? neighbours; // null: a text is never cut

    /// <summary>Makes a model.</summary>
    /// <param name="vocabulary">Token to id.</param>
    /// <param name="pairs">The merges, the earliest first.</param>
    /// <param name="options">How it departs from plain pairs.</param>
    internal PairModel(Dictionary<string, int> vocabulary, IReadOnlyList<(string Left, string Right)> pairs, PairOptions options)
    {
        Vocabulary = [.. vocabulary];
        this.options = options;
        ids = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        unknown = options.UnknownToken is { } token
            ? vocabulary.TryGetValue(token, out var found) ? found : throw new TokenizerException($"model.unk_token is '{token}', which model.vocab does not have; add it")
            : null;
        for (var value = 0; value < bytes.Length; value++)
        {
            bytes[value] = options.ByteFallback && vocabulary.TryGetValue(ByteTokens.Spell(value), out var id) ? id : -1;
        }

        merges = new MergeTable(pairs.Count);
        var joined = new List<string>(pairs.Count);
        for (var rank = 0; rank < pairs.Count; rank++)
        {
            joined.Add(AddMerge(vocabulary, pairs[rank], rank));
        }

        neighbours = CanCut(pairs) ? FindNeighbours(joined) : null;
    }

    public IReadOnlyList<KeyValuePair<string, int>> Vocabulary { get; }

    public void Tokenize(ReadOnlySpan<char> word, List<ModelToken> tokens)
    {
        if (options.IgnoresMerges && ids.TryGetValue(word, out var whole))
        {
            tokens.Add(new ModelToken(whole, 0, word.Length));
            return;
        }

        var start = 0;
        for (var at = 1; neighbours is not null && at < word.Length; at++)
        {
            if (!neighbours.Contains(Pair(word[at - 1], word[at])) && !char.IsLowSurrogate(word[at]))
            {
                TokenizeUncut(word[start..at], start, tokens);
                start = at;
            }
        }

        TokenizeUncut(word[start..], start, tokens);
    }

    private string AddMerge(Dictionary<string, int> vocabulary, (string Left, string Right) pair, int rank)
    {
        int Id(string token) => vocabulary.TryGetValue(token, out var id) ? id : throw new TokenizerException(
            $"model.merges: merge {rank} joins '{pair.Left}' and '{pair.Right}', but model.vocab has no token '{token}'; the two do not belong together");
        var prefix = options.ContinuingPrefix.Length;
        if (prefix > pair.Right.Length)
        {
            throw new TokenizerException($"model.merges: merge {rank} joins '{pair.Left}' and '{pair.Right}', which lacks the prefix '{options.ContinuingPrefix}' of what continues a word");
        }

        var joined = pair.Left + pair.Right[prefix..];
        merges.Add(Id(pair.Left), Id(pair.Right), Id(joined), rank);
        return joined;
    }

    // Cutting is safe where characters become parts one by one, whatever stands beside them, and parts are spelt as their characters.
    private bool CanCut(IReadOnlyList<(string Left, string Right)> pairs) =>
        options.ContinuingPrefix.Length == 0 && options.EndSuffix.Length == 0
        && (unknown is null || !options.FusesUnknown || Array.TrueForAll(bytes, id => id >= 0))
        && !pairs.Any(p => IsSpecial(p.Left) || IsSpecial(p.Right));

    private bool IsSpecial(string token) => token == options.UnknownToken || (options.ByteFallback && ByteTokens.Read(token) is not null);

    private static HashSet<uint> FindNeighbours(List<string> joined)
    {
        var found = new HashSet<uint>();
        foreach (var token in joined)
        {
            for (var k = 1; k < token.Length; k++)
            {
                found.Add(Pair(token[k - 1], token[k]));
            }
        }

        return found;
    }

    private static uint Pair(char left, char right) => ((uint)left << 16) | right;

    private void TokenizeUncut(ReadOnlySpan<char> word, int shift, List<ModelToken> tokens)
    {
        var known = cache.Find(word);
        if (known is null)
        {
            var joined = new List<ModelToken>();
            Join(word, joined);
            known = [.. joined];
            cache.Add(word, known);
        }

        foreach (var token in known)
        {
            tokens.Add(shift == 0 ? token : token with { Start = token.Start + shift, End = token.End + shift });
        }
    }

    private void Join(ReadOnlySpan<char> word, List<ModelToken> tokens)
    {
        var most = Encoding.UTF8.GetMaxByteCount((word.Length * (1 + options.ContinuingPrefix.Length)) + options.EndSuffix.Length);
        var parts = ArrayPool<int>.Shared.Rent(most);
        var places = ArrayPool<(int Start, int End)>.Shared.Rent(most);
        var count = Spell(word, parts, places);
        count = merges.Apply(parts.AsSpan(0, count), places.AsSpan(0, count));
        for (var k = 0; k < count; k++)
        {
            tokens.Add(new ModelToken(parts[k], places[k].Start, places[k].End));
        }

        ArrayPool<int>.Shared.Return(parts);
        ArrayPool<(int Start, int End)>.Shared.Return(places);
    }

    // The first parts: a token for each character, marked by where it stands.
    private int Spell(ReadOnlySpan<char> word, int[] parts, (int Start, int End)[] places)
    {
        var count = 0;
        (int Start, int End)? pending = null; // unknown characters that are not written yet
        Span<char> spelling = new char[options.ContinuingPrefix.Length + 2 + options.EndSuffix.Length];
        for (var at = 0; at < word.Length;)
        {
            var length = char.IsHighSurrogate(word[at]) && at + 1 < word.Length ? 2 : 1;
            var part = Mark(word, at, length, spelling);
            if (ids.TryGetValue(part, out var id))
            {
                Flush(ref pending, parts, places, ref count);
                (parts[count], places[count++]) = (id, (at, at + length));
            }
            else if (!options.ByteFallback || !AddBytes(part, (at, at + length), parts, places, ref count))
            {
                if (pending is { } waiting && options.FusesUnknown)
                {
                    pending = (waiting.Start, at + length);
                }
                else
                {
                    Flush(ref pending, parts, places, ref count);
                    pending = unknown is null ? null : (at, at + length);
                }
            }

            at += length;
        }

        Flush(ref pending, parts, places, ref count);
        return count;
    }

    private ReadOnlySpan<char> Mark(ReadOnlySpan<char> word, int at, int length, Span<char> spelling)
    {
        var isLast = at + length == word.Length;
        if ((at == 0 || options.ContinuingPrefix.Length == 0) && (!isLast || options.EndSuffix.Length == 0))
        {
            return word.Slice(at, length);
        }

        var count = 0;
        if (at > 0)
        {
            options.ContinuingPrefix.CopyTo(spelling);
            count = options.ContinuingPrefix.Length;
        }

        word.Slice(at, length).CopyTo(spelling[count..]);
        count += length;
        if (isLast)
        {
            options.EndSuffix.CopyTo(spelling[count..]);
            count += options.EndSuffix.Length;
        }

        return spelling[..count];
    }

    private bool AddBytes(ReadOnlySpan<char> part, (int Start, int End) place, int[] parts, (int Start, int End)[] places, ref int count)
    {
        var utf8 = new byte[Encoding.UTF8.GetByteCount(part)];
        Encoding.UTF8.GetBytes(part, utf8);
        foreach (var value in utf8)
        {
            if (bytes[value] < 0)
            {
                return false;
            }
        }

        foreach (var value in utf8)
        {
            (parts[count], places[count++]) = (bytes[value], place);
        }

        return true;
    }

    private void Flush(ref (int Start, int End)? pending, int[] parts, (int Start, int End)[] places, ref int count)
    {
        if (pending is { } place)
        {
            (parts[count], places[count++]) = (unknown!.Value, place);
            pending = null;
        }
    }
}
