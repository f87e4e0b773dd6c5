using System.Collections.Concurrent;
using System.Text;

namespace Collimate.Tokenization;

/// <summary>Byte-level byte-pair encoding, as GPT-2, Qwen2 and Llama 3 use it: any text can be written, and none needs an unknown token.</summary>
/// <remarks>
/// Added tokens are found first; the rest is normalized, cut into words, spelt in bytes, and joined pair by pair in the order in which the merges were
/// learnt (Sennrich et al. 2016). Hugging Face: <c>tokenizers.models.BPE</c> with the <c>ByteLevel</c> pre-tokenizer. Safe to use from several threads.
/// </remarks>
public sealed partial class BytePairTokenizer : ITokenizer
{
    /// <summary>GPT-2's way of cutting text into words; a word keeps the space before it.</summary>
    public const string DefaultPattern = WordSplitter.Gpt2;

    private const int CacheLimit = 1 << 16;
    private const int LongestCachedWord = 64;

    private readonly Dictionary<string, int> ids;
    private readonly string?[] tokens;
    private readonly byte[]?[] bytes;
    private readonly bool[] special;
    private readonly int[] byteIds = new int[256];
    private readonly MergeTable merges;
    private readonly WordSplitter splitter;
    private readonly AddedTokenFinder rawTokens;
    private readonly AddedTokenFinder normalizedTokens;
    private readonly ConcurrentDictionary<string, int[]> cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> cacheBySpan;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> idsBySpan;
    private readonly (int? Pad, int? Eos) named;
    private int cached;

    /// <summary>Makes a tokenizer.</summary>
    /// <param name="model">Vocabulary, merges, added tokens and the way words are cut.</param>
    /// <exception cref="TokenizerException">The parts contradict each other: a merge's token is missing, an id is used twice, a named token is unknown.</exception>
    public BytePairTokenizer(BytePairModel model)
    {
        Model = model;
        ids = new Dictionary<string, int>(model.Vocabulary, StringComparer.Ordinal);
        tokens = Table(model, ids);
        bytes = new byte[tokens.Length][];
        special = new bool[tokens.Length];
        for (var id = 0; id < tokens.Length; id++)
        {
            // What is no byte-level spelling stands for its own characters, as in Hugging Face's decoder.
            bytes[id] = tokens[id] is { } token ? ByteLevel.ToBytes(token) ?? Encoding.UTF8.GetBytes(token) : null;
        }

        foreach (var token in model.AddedTokens)
        {
            bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
            special[token.Id] = token.IsSpecial;
        }

        for (var value = 0; value < 256; value++)
        {
            var spelling = ByteLevel.Spell((byte)value).ToString();
            byteIds[value] = model.Vocabulary.TryGetValue(spelling, out var id) ? id : -1;
        }

        merges = MakeMerges(model);
        splitter = MakeSplitter(model.Pattern);
        rawTokens = new AddedTokenFinder(model.AddedTokens.Where(t => !t.IsNormalized));
        normalizedTokens = new AddedTokenFinder(model.AddedTokens.Where(t => t.IsNormalized));
        cacheBySpan = cache.GetAlternateLookup<ReadOnlySpan<char>>();
        idsBySpan = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        named = (Named(model.PadToken, "pad_token"), Named(model.EosToken, "eos_token"));
        BosId = Named(model.BosToken, "bos_token");
        ImageId = Named(model.ImageToken, "image_token");
    }

    /// <summary>What the tokenizer was made from.</summary>
    public BytePairModel Model { get; }

    /// <inheritdoc/>
    public int VocabularySize => tokens.Length;

    /// <inheritdoc/>
    public int PadId => named.Pad ?? throw Unnamed("pad_token");

    /// <inheritdoc/>
    public int EosId => named.Eos ?? throw Unnamed("eos_token");

    /// <inheritdoc/>
    public int? BosId { get; }

    /// <inheritdoc/>
    public int? ImageId { get; }

    /// <inheritdoc/>
    public IReadOnlyList<AddedToken> AddedTokens => Model.AddedTokens;

    /// <summary>Reads a <c>tokenizer.json</c>. It names no padding, end or picture token: <see cref="Named(string?, string?, string?, string?)"/> does.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="TokenizerException">The file is absent or malformed, or asks for something that is not supported; the message names the key.</exception>
    public static BytePairTokenizer Load(string path) => TokenizerJsonReader.Load(path);

    /// <summary>Writes a <c>tokenizer.json</c> that Hugging Face's tokenizers read as well.</summary>
    /// <param name="path">The file; an old one is replaced only when the new one is whole.</param>
    public void Save(string path) => TokenizerJsonWriter.Save(Model, path);

    /// <summary>The same tokenizer with other names for the tokens that have a part to play.</summary>
    /// <param name="padToken">Fills up short rows.</param>
    /// <param name="eosToken">Ends an answer.</param>
    /// <param name="imageToken">Stands for a picture.</param>
    /// <param name="bosToken">Opens a text.</param>
    /// <exception cref="TokenizerException">A token is not in the vocabulary.</exception>
    public BytePairTokenizer Named(string? padToken, string? eosToken, string? imageToken, string? bosToken = null) =>
        new(Model with { PadToken = padToken, EosToken = eosToken, ImageToken = imageToken, BosToken = bosToken });

    /// <summary>The same tokenizer with more special tokens, which take the ids after the last; those that it has already are left as they are.</summary>
    /// <param name="contents">How they are written.</param>
    public BytePairTokenizer WithAddedTokens(params IEnumerable<string> contents)
    {
        var known = Model.AddedTokens.Select(t => t.Content).ToHashSet(StringComparer.Ordinal);
        var added = Model.AddedTokens.ToList();
        var next = VocabularySize;
        foreach (var content in contents.Where(known.Add))
        {
            added.Add(new AddedToken(ids.TryGetValue(content, out var id) ? id : next++, content));
        }

        return new BytePairTokenizer(Model with { AddedTokens = added });
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        var joined = new List<byte>(ids.Length * 4);
        foreach (var id in ids)
        {
            joined.AddRange(BytesOf(id, skipSpecial));
        }

        return Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(joined));
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> BytesOf(int id, bool skipSpecial = true)
    {
        IdToToken(id);
        return skipSpecial && special[id] ? [] : bytes[id];
    }

    /// <inheritdoc/>
    public int? TokenToId(string token) => ids.TryGetValue(token, out var id) ? id : null;

    /// <inheritdoc/>
    public string IdToToken(int id) => id >= 0 && id < tokens.Length && tokens[id] is { } token
        ? token
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"no token has this id; the vocabulary has ids 0 to {tokens.Length - 1}");

    private static string?[] Table(BytePairModel model, Dictionary<string, int> ids)
    {
        foreach (var token in model.AddedTokens)
        {
            if (token.Content.Length == 0)
            {
                throw new TokenizerException($"added_tokens: the token with id {token.Id} has no content");
            }

            if (ids.TryGetValue(token.Content, out var there) && there != token.Id)
            {
                throw new TokenizerException($"added_tokens: '{token.Content}' has id {token.Id}, but elsewhere in the file id {there}; make them agree");
            }

            ids[token.Content] = token.Id;
        }

        // Gaps are allowed, but a stray huge id must not ask for gigabytes.
        var limit = (ids.Count * 2) + (1 << 16);
        var table = new string?[ids.Count == 0 ? 0 : Math.Min(ids.Values.Max(), limit) + 1];
        foreach (var (token, id) in ids)
        {
            if (id < 0 || id >= limit)
            {
                throw new TokenizerException($"the token '{token}' has id {id}; {ids.Count} tokens need ids from 0 to about {ids.Count - 1}");
            }

            if (table[id] is { } other)
            {
                throw new TokenizerException($"the tokens '{other}' and '{token}' both have id {id}; ids must be distinct");
            }

            table[id] = token;
        }

        return table;
    }

    private static MergeTable MakeMerges(BytePairModel model)
    {
        var table = new MergeTable(model.Merges.Count);
        for (var rank = 0; rank < model.Merges.Count; rank++)
        {
            var (left, right) = model.Merges[rank];
            int Id(string token) => model.Vocabulary.TryGetValue(token, out var id) ? id : throw new TokenizerException(
                $"model.merges: merge {rank} joins '{left}' and '{right}', but model.vocab has no token '{token}'; the two do not belong together");
            table.Add(Id(left), Id(right), Id(left + right), rank);
        }

        return table;
    }

    private static WordSplitter MakeSplitter(string pattern)
    {
        try
        {
            return WordSplitter.For(pattern);
        }
        catch (ArgumentException failure)
        {
            throw new TokenizerException($"pre_tokenizer: the pattern '{pattern}' is not a regular expression that is understood here: {failure.Message}", failure);
        }
    }

    private int? Named(string? token, string role) => token is null ? null : TokenToId(token) ?? throw new TokenizerException(
        $"the {role} '{token}' is not in the vocabulary; add it to added_tokens of tokenizer.json or name another in tokenizer_config.json");

    private static TokenizerException Unnamed(string role) =>
        new($"the tokenizer names no {role}; load the folder with its tokenizer_config.json, or name the token");
}
