using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace Collimate.Tokenization;

/// <summary>Byte-level byte-pair encoding, as GPT-2 and Qwen2 use it: any text can be written, and none needs an unknown token.</summary>
/// <remarks>Words are cut by a regular expression, spelt in bytes, and joined pair by pair in the order in which the merges were learnt (Sennrich et al. 2016).</remarks>
public sealed class BytePairTokenizer : ITokenizer
{
    /// <summary>GPT-2's way of cutting text into words; a word keeps the space before it.</summary>
    public const string DefaultPattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const int CacheLimit = 1 << 16;

    private readonly Dictionary<string, int> ids;
    private readonly string[] tokens;
    private readonly Dictionary<(int, int), (int Rank, int Joined)> merges;
    private readonly Dictionary<string, AddedToken> added;
    private readonly Regex? specialPattern;
    private readonly Regex words;
    private readonly ConcurrentDictionary<string, int[]> cache = new(StringComparer.Ordinal);
    private readonly int[] byteIds;

    /// <summary>Makes a tokenizer.</summary>
    /// <param name="model">Vocabulary, merges, added tokens and the way words are cut.</param>
    public BytePairTokenizer(BytePairModel model)
    {
        Model = model;
        ids = new Dictionary<string, int>(model.Vocabulary, StringComparer.Ordinal);
        added = model.AddedTokens.ToDictionary(t => t.Content, StringComparer.Ordinal);
        foreach (var token in model.AddedTokens)
        {
            ids[token.Content] = token.Id;
        }

        tokens = new string[ids.Values.Max() + 1];
        foreach (var (token, id) in ids)
        {
            tokens[id] = token;
        }

        merges = model.Merges.Select((m, rank) => (m, rank)).ToDictionary(x => (ids[x.m.Left], ids[x.m.Right]), x => (x.rank, ids[x.m.Left + x.m.Right]));
        byteIds = [.. Enumerable.Range(0, 256).Select(b => ids.GetValueOrDefault(ByteLevel.Spell((byte)b).ToString(), -1))];
        words = new Regex(model.Pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant);
        // The longest special token wins where two begin alike.
        specialPattern = added.Count == 0 ? null : new Regex(
            string.Join('|', added.Keys.OrderByDescending(t => t.Length).ThenBy(t => t, StringComparer.Ordinal).Select(Regex.Escape)), RegexOptions.Compiled | RegexOptions.CultureInvariant);
        PadId = Special(model.PadToken, nameof(model.PadToken));
        EosId = Special(model.EosToken, nameof(model.EosToken));
        ImageId = model.ImageToken is { } image ? Special(image, nameof(model.ImageToken)) : null;
    }

    /// <summary>What the tokenizer was made from.</summary>
    public BytePairModel Model { get; }

    /// <inheritdoc/>
    public int VocabularySize => tokens.Length;

    /// <inheritdoc/>
    public int PadId { get; }

    /// <inheritdoc/>
    public int EosId { get; }

    /// <inheritdoc/>
    public int? ImageId { get; }

    /// <inheritdoc/>
    public int[] Encode(string text)
    {
        var result = new List<int>(text.Length / 3);
        var normal = Model.NormalizeNfc ? text.Normalize(NormalizationForm.FormC) : text;
        var at = 0;
        foreach (Match special in specialPattern?.Matches(normal) ?? Enumerable.Empty<Match>())
        {
            EncodePlain(normal[at..special.Index], result);
            result.Add(ids[special.Value]);
            at = special.Index + special.Length;
        }

        EncodePlain(normal[at..], result);
        return [.. result];
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            var token = IdToToken(id);
            if (!added.TryGetValue(token, out var special))
            {
                ByteLevel.AppendBytes(token, bytes);
            }
            else if (!special.IsSpecial || !skipSpecial)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(token));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <inheritdoc/>
    public int? TokenToId(string token) => ids.TryGetValue(token, out var id) ? id : null;

    /// <inheritdoc/>
    public string IdToToken(int id) => id >= 0 && id < tokens.Length && tokens[id] is { } token
        ? token
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"the vocabulary has ids 0 to {tokens.Length - 1}");

    private void EncodePlain(string text, List<int> result)
    {
        foreach (var word in words.EnumerateMatches(text))
        {
            var piece = text.Substring(word.Index, word.Length);
            if (!cache.TryGetValue(piece, out var encoded))
            {
                encoded = Join(piece);
                if (cache.Count < CacheLimit)
                {
                    cache.TryAdd(piece, encoded);
                }
            }

            result.AddRange(encoded);
        }
    }

    private int[] Join(string word)
    {
        if (Model.IgnoreMerges && ids.TryGetValue(ByteLevel.Spell(word), out var whole))
        {
            return [whole];
        }

        var parts = Encoding.UTF8.GetBytes(word).Select(b => byteIds[b]).ToList();
        while (parts.Count > 1)
        {
            var best = (Rank: int.MaxValue, Joined: 0, At: -1);
            for (var k = 0; k + 1 < parts.Count; k++)
            {
                if (merges.TryGetValue((parts[k], parts[k + 1]), out var merge) && merge.Rank < best.Rank)
                {
                    best = (merge.Rank, merge.Joined, k);
                }
            }

            if (best.At < 0)
            {
                break;
            }

            parts[best.At] = best.Joined;
            parts.RemoveAt(best.At + 1);
        }

        return [.. parts];
    }

    private int Special(string token, string role) => ids.TryGetValue(token, out var id)
        ? id
        : throw new TokenizerException($"the {role} '{token}' is not in the vocabulary; add it to added_tokens of tokenizer.json");
}
