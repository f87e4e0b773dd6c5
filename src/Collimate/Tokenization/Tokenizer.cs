using System.Collections.Concurrent;
using System.Text;
using Collimate.Tokenization.Decoding;
using Collimate.Tokenization.Models;
using Collimate.Tokenization.Normalization;
using Collimate.Tokenization.Reading;

namespace Collimate.Tokenization;

/// <summary>A tokenizer of any kind that <c>tokenizer.json</c> describes: normalize, cut, tokenize, frame, and back.</summary>
/// <remarks>
/// Hugging Face: <c>tokenizers.Tokenizer</c>; ids, offsets and decoded text are the same. Byte-level BPE in its plain form is loaded as a
/// <see cref="BytePairTokenizer"/>, which is faster. Safe to use from several threads.
/// </remarks>
public sealed partial class Tokenizer : ITokenizer
{
    private readonly TokenizerParts parts;
    private readonly TokenTable table;
    private readonly AddedTokenFinder rawTokens;
    private readonly AddedTokenFinder normalizedTokens;
    private readonly ConcurrentDictionary<int, byte[]> bytes = new();
    private readonly Dictionary<int, string> shown; // added tokens that are found, and so shown, in normalized form
    private readonly (int? Pad, int? Eos) named;

    internal Tokenizer(TokenizerParts parts, TokenTable table)
    {
        (this.parts, this.table) = (parts, table);
        rawTokens = new AddedTokenFinder(parts.AddedTokens.Where(t => !t.IsNormalized));
        var normalized = parts.AddedTokens.Where(t => t.IsNormalized).Select(t => (Content: Normalized(t.Content), Token: t)).ToArray();
        normalizedTokens = new AddedTokenFinder(normalized);
        shown = normalized.DistinctBy(n => n.Token.Id).ToDictionary(n => n.Token.Id, n => n.Content);
        named = (table.Named(parts.PadToken, "pad_token"), table.Named(parts.EosToken, "eos_token"));
        BosId = table.Named(parts.BosToken, "bos_token");
        ImageId = table.Named(parts.ImageToken, "image_token");
        foreach (var id in parts.PostProcessor?.Ids ?? [])
        {
            if (table.At(id) is null)
            {
                throw new TokenizerException($"post_processor puts in the id {id}, which no token has; add it to added_tokens");
            }
        }
    }

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

    /// <inheritdoc/>
    public IReadOnlyList<AddedToken> AddedTokens => parts.AddedTokens;

    /// <inheritdoc/>
    public bool IsBytewise => parts.Decoder is ByteLevelDecoder;

    /// <summary>Reads a <c>tokenizer.json</c> of any kind. It names no padding, end or picture token: <see cref="ITokenizer.Named"/> does.</summary>
    /// <param name="path">The file, or the folder of a model that holds it. Its <c>truncation</c> and <c>padding</c> are left to the caller.</param>
    /// <exception cref="TokenizerException">The file is absent or malformed, or asks for something that is not supported; the message names file and key.</exception>
    public static ITokenizer Load(string path) => TokenizerReader.Load(Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path);

    /// <inheritdoc/>
    public ITokenizer Named(string? padToken, string? eosToken, string? imageToken, string? bosToken = null) =>
        new Tokenizer(parts with { PadToken = padToken, EosToken = eosToken, ImageToken = imageToken, BosToken = bosToken }, table);

    /// <inheritdoc/>
    public ITokenizer WithAddedTokens(params IEnumerable<string> contents)
    {
        var added = table.With(parts.AddedTokens, contents);
        return new Tokenizer(parts with { AddedTokens = added }, new TokenTable(parts.Model.Vocabulary, added));
    }

    /// <inheritdoc/>
    public void Save(string path) => TokenizerJsonWriter.SaveCopy(parts.Source, parts.AddedTokens, path);

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        var tokens = new List<string>(ids.Length);
        foreach (var id in ids)
        {
            var token = table.Spelling(id);
            if (!skipSpecial || !table.IsSpecial(id))
            {
                tokens.Add(shown.GetValueOrDefault(id, token));
            }
        }

        return Join(tokens);
    }

    /// <inheritdoc/>
    /// <remarks>What the token adds to a text that it does not begin.</remarks>
    public ReadOnlySpan<byte> BytesOf(int id, bool skipSpecial = true)
    {
        var token = table.Spelling(id);
        return skipSpecial && table.IsSpecial(id) ? [] : bytes.GetOrAdd(id, static (_, of) => of.Self.MakeBytes(of.Token), (Self: this, Token: token));
    }

    /// <inheritdoc/>
    public int? TokenToId(string token) => table.Find(token);

    /// <inheritdoc/>
    public string IdToToken(int id) => table.Spelling(id);

    private string Join(List<string> tokens) => parts.Decoder is { } decoder ? string.Concat(decoder.Decode(tokens)) : string.Join(' ', tokens);

    private byte[] MakeBytes(string token)
    {
        if (parts.Decoder is ByteLevelDecoder)
        {
            return ByteLevelDecoder.Read(token);
        }

        if (ByteTokens.Read(token) is { } value && (parts.Decoder as SequenceDecoder)?.Steps.Any(s => s is ByteFallbackDecoder) == true)
        {
            return [value];
        }

        const string Before = "a";
        var (alone, both) = (Join([Before]), Join([Before, token]));
        return Encoding.UTF8.GetBytes(both.StartsWith(alone, StringComparison.Ordinal) ? both[alone.Length..] : Join([token]));
    }

    private string Normalized(string content) =>
        parts.Normalizer?.Normalize(Piece(content, tracks: false)).ToString() ?? content;
}
