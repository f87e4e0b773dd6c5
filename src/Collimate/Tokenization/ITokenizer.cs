namespace Collimate.Tokenization;

/// <summary>Turns text into token ids and back. Safe to use from several threads.</summary>
public interface ITokenizer
{
    /// <summary>How many ids there are: the largest id and one.</summary>
    int VocabularySize { get; }

    /// <summary>Fills up short rows.</summary>
    /// <exception cref="TokenizerException">The tokenizer names no such token.</exception>
    int PadId { get; }

    /// <summary>Ends an answer.</summary>
    /// <exception cref="TokenizerException">The tokenizer names no such token.</exception>
    int EosId { get; }

    /// <summary>Opens a text, or null where the tokenizer has no such token.</summary>
    int? BosId { get; }

    /// <summary>Marks where a picture stands, or null where the tokenizer knows no pictures.</summary>
    int? ImageId { get; }

    /// <summary>Tokens that are found in the text as they are written.</summary>
    IReadOnlyList<AddedToken> AddedTokens => [];

    /// <summary>Whether decoded text is the bytes of the tokens one after the other, whatever stands beside them.</summary>
    bool IsBytewise => true;

    /// <summary>The ids of a text; added tokens written in it are recognised, and none are put around it.</summary>
    /// <param name="text">Any text; a lone surrogate is read as U+FFFD.</param>
    int[] Encode(string text);

    /// <summary>The tokens of a text with the places they came from.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="recogniseAdded">
    /// Whether added tokens written in the text are recognised. Without it <c>&lt;|end|&gt;</c> is six ordinary characters and
    /// more: what somebody typed cannot forge a marker.
    /// </param>
    EncodedToken[] EncodeWithOffsets(string text, bool recogniseAdded = true);

    /// <summary>A text, or a pair of texts, as a model gets it: with the tokens that belong around it.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="pair">The second text of a pair.</param>
    /// <param name="addSpecialTokens">Whether tokens are put around the text.</param>
    TokenizedText EncodeText(string text, string? pair = null, bool addSpecialTokens = true)
    {
        var first = EncodeWithOffsets(text);
        var second = pair is null ? [] : EncodeWithOffsets(pair);
        EncodedToken[] all = [.. first, .. second];
        return new TokenizedText
        {
            Ids = Array.ConvertAll(all, t => t.Id),
            Tokens = Array.ConvertAll(all, t => IdToToken(t.Id)),
            Offsets = Array.ConvertAll(all, t => (t.Start, t.End)),
            TypeIds = [.. Enumerable.Repeat(0, first.Length), .. Enumerable.Repeat(1, second.Length)],
            PutIn = new bool[all.Length],
            Words = new int?[all.Length],
        };
    }

    /// <summary>The text of ids. Bytes that are no UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true);

    /// <summary>The bytes of one token; none for a special token that is to be left out.</summary>
    /// <param name="id">A token's id.</param>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    ReadOnlySpan<byte> BytesOf(int id, bool skipSpecial = true);

    /// <summary>The id of a token as the vocabulary spells it, or null.</summary>
    int? TokenToId(string token);

    /// <summary>A token as the vocabulary spells it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    string IdToToken(int id);

    /// <summary>The same tokenizer with other names for the tokens that have a part to play; null for none.</summary>
    /// <param name="padToken">Fills up short rows.</param>
    /// <param name="eosToken">Ends an answer.</param>
    /// <param name="imageToken">Stands for a picture.</param>
    /// <param name="bosToken">Opens a text.</param>
    /// <exception cref="TokenizerException">A token is not in the vocabulary, or this kind of tokenizer has its tokens by itself.</exception>
    ITokenizer Named(string? padToken, string? eosToken, string? imageToken, string? bosToken = null) =>
        throw new TokenizerException($"a {GetType().Name} has its tokens by itself; only one of a tokenizer.json takes other names");

    /// <summary>The same tokenizer with more special tokens, which take the ids after the last; those that it has already are left as they are.</summary>
    /// <param name="contents">How they are written.</param>
    /// <exception cref="TokenizerException">This kind of tokenizer has its tokens by itself.</exception>
    ITokenizer WithAddedTokens(params IEnumerable<string> contents) =>
        throw new TokenizerException($"a {GetType().Name} has its tokens by itself; only one of a tokenizer.json takes more");

    /// <summary>Writes a <c>tokenizer.json</c> that Hugging Face's tokenizers read as well.</summary>
    /// <param name="path">The file; an old one is replaced only when the new one is whole.</param>
    /// <exception cref="TokenizerException">This kind of tokenizer has no such form.</exception>
    void Save(string path) => throw new TokenizerException($"{path}: a {GetType().Name} has no form in a tokenizer.json");
}
