using System.Text;

namespace Collimate.Tokenization;

/// <summary>Turns tokens into text while they arrive: a character whose bytes are spread over several tokens appears when it is whole.</summary>
/// <param name="tokenizer">Whose tokens arrive.</param>
/// <remarks>
/// Where the text of a token depends on those before it (the blank that a first word loses), the tokens since the last text are decoded together with
/// those that made that text, and what is new is told: a few tokens at a time, however long the answer grows.
/// </remarks>
public sealed class IncrementalDecoder(ITokenizer tokenizer)
{
    private readonly Decoder utf8 = Encoding.UTF8.GetDecoder();
    private readonly List<int> window = [];
    private int told; // how many tokens of the window have been told as text

    /// <summary>The text that a token completes; may be empty. Special tokens are left out.</summary>
    /// <param name="id">The token.</param>
    public string Add(int id)
    {
        if (tokenizer.IsBytewise)
        {
            return Take(tokenizer.BytesOf(id), flush: false);
        }

        window.Add(id);
        return Tell(flush: false);
    }

    /// <summary>What is left at the end: U+FFFD for a character that never became whole.</summary>
    public string Finish() => tokenizer.IsBytewise ? Take([], flush: true) : Tell(flush: true);

    private string Tell(bool flush)
    {
        var ids = window.ToArray();
        var before = tokenizer.Decode(ids.AsSpan(0, told));
        var all = tokenizer.Decode(ids);
        if (all.Length <= before.Length || (!flush && all[^1] == '\uFFFD'))
        {
            return "";
        }

        window.RemoveRange(0, told);
        told = window.Count;
        return all[before.Length..];
    }

    private string Take(ReadOnlySpan<byte> bytes, bool flush)
    {
        var text = new char[utf8.GetCharCount(bytes, flush)];
        return new string(text, 0, utf8.GetChars(bytes, text, flush));
    }
}
