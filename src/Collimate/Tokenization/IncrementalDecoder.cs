using System.Text;

namespace Collimate.Tokenization;

/// <summary>Turns tokens into text while they arrive: a character whose bytes are spread over several tokens appears when it is whole.</summary>
/// <param name="tokenizer">Whose tokens arrive.</param>
public sealed class IncrementalDecoder(ITokenizer tokenizer)
{
    private readonly Decoder utf8 = Encoding.UTF8.GetDecoder();

    /// <summary>The text that a token completes; may be empty. Special tokens are left out.</summary>
    /// <param name="id">The token.</param>
    public string Add(int id) => Take(tokenizer.BytesOf(id), flush: false);

    /// <summary>What is left at the end: U+FFFD for a character that never became whole.</summary>
    public string Finish() => Take([], flush: true);

    private string Take(ReadOnlySpan<byte> bytes, bool flush)
    {
        var text = new char[utf8.GetCharCount(bytes, flush)];
        return new string(text, 0, utf8.GetChars(bytes, text, flush));
    }
}
