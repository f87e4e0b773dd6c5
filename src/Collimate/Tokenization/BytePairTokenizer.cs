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

    private readonly TokenTable table;
    private readonly byte[]?[] bytes;
    private readonly int[] byteIds = new int[256];
    private readonly MergeTable merges;
    private readonly WordSplitter splitter;
    private readonly AddedTokenFinder rawTokens;
    private readonly AddedTokenFinder normalizedTokens;
    private readonly ConcurrentDictionary<string, int[]> cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> cacheBySpan;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> idsBySpan;
    private readonly (int? Pad, int? Eos) named;
    private readonly Lazy<Tokenizer> pipeline; // for what asks for more than ids: slower, and with the reference's offsets
    private int cached;

    /// <summary>Makes a tokenizer.</summary>
    /// <param name="model">Vocabulary, merges, added tokens and the way words are cut.</param>
    /// <exception cref="TokenizerException">The parts contradict each other: a merge's token is missing, an id is used twice, a named token is unknown.</exception>
    public BytePairTokenizer(BytePairModel model)
    {
        Model = model;
        table = new TokenTable(model.Vocabulary, model.AddedTokens);
        bytes = new byte[table.Size][];
        for (var id = 0; id < bytes.Length; id++)
        {
            // What is no byte-level spelling stands for its own characters, as in Hugging Face's decoder.
            bytes[id] = table.At(id) is { } token ? ByteLevel.ToBytes(token) ?? Encoding.UTF8.GetBytes(token) : null;
        }

        foreach (var token in model.AddedTokens)
        {
            bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
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
        idsBySpan = table.Ids.GetAlternateLookup<ReadOnlySpan<char>>();
        named = (table.Named(model.PadToken, "pad_token"), table.Named(model.EosToken, "eos_token"));
        BosId = table.Named(model.BosToken, "bos_token");
        ImageId = table.Named(model.ImageToken, "image_token");
        pipeline = new Lazy<Tokenizer>(() => BytePairPipeline.Make(Model));
    }

    /// <summary>What the tokenizer was made from.</summary>
    public BytePairModel Model { get; }

    /// <inheritdoc/>
    public IReadOnlyList<AddedToken> AddedTokens => Model.AddedTokens;

    /// <inheritdoc/>
    public int VocabularySize => table.Size;

    /// <inheritdoc/>
    public int PadId => named.Pad ?? throw TokenTable.Unnamed("pad_token");

    /// <inheritdoc/>
    public int EosId => named.Eos ?? throw TokenTable.Unnamed("eos_token");

    /// <inheritdoc/>
    public int? BosId { get; }

    /// <inheritdoc/>
    public int? ImageId { get; }

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
    public BytePairTokenizer WithAddedTokens(params IEnumerable<string> contents) => new(Model with { AddedTokens = table.With(Model.AddedTokens, contents) });

    ITokenizer ITokenizer.Named(string? padToken, string? eosToken, string? imageToken, string? bosToken) => Named(padToken, eosToken, imageToken, bosToken);

    ITokenizer ITokenizer.WithAddedTokens(params IEnumerable<string> contents) => WithAddedTokens(contents);

    /// <inheritdoc/>
    /// <remarks>A character that normalization composes has the place of its first part here, as in the reference; <see cref="EncodeWithOffsets"/> gives all of it.</remarks>
    public TokenizedText EncodeText(string text, string? pair = null, bool addSpecialTokens = true) => pipeline.Value.EncodeText(text, pair, addSpecialTokens);

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
        table.Spelling(id);
        return skipSpecial && table.IsSpecial(id) ? [] : bytes[id];
    }

    /// <inheritdoc/>
    public int? TokenToId(string token) => table.Find(token);

    /// <inheritdoc/>
    public string IdToToken(int id) => table.Spelling(id);

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
}
