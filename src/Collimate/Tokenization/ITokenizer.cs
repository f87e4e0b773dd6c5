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

    /// <summary>The ids of a text; added tokens written in it are recognised.</summary>
    /// <param name="text">Any text; a lone surrogate is read as U+FFFD.</param>
    int[] Encode(string text);

    /// <summary>The tokens of a text with the places they came from.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="recogniseAdded">
    /// Whether added tokens written in the text are recognised. Without it <c>&lt;|end|&gt;</c> is six ordinary characters and
    /// more: what somebody typed cannot forge a marker.
    /// </param>
    EncodedToken[] EncodeWithOffsets(string text, bool recogniseAdded = true);

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
}
