namespace Collimate.Tokenization;

/// <summary>Turns text into token ids and back. Safe to use from several threads.</summary>
public interface ITokenizer
{
    /// <summary>How many ids there are.</summary>
    int VocabularySize { get; }

    /// <summary>Fills up short rows.</summary>
    int PadId { get; }

    /// <summary>Ends an answer.</summary>
    int EosId { get; }

    /// <summary>Marks where a picture stands, or null where the tokenizer knows no pictures.</summary>
    int? ImageId { get; }

    /// <summary>The ids of a text; special tokens written in it are recognised.</summary>
    int[] Encode(string text);

    /// <summary>The text of ids.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true);

    /// <summary>The id of a token as the vocabulary spells it, or null.</summary>
    int? TokenToId(string token);

    /// <summary>A token as the vocabulary spells it.</summary>
    string IdToToken(int id);
}
