namespace Collimate.Cli.Display;

/// <summary>Writes an answer while it grows: without the space that a tokenizer puts before its first word, and with a line's end when it is over.</summary>
/// <param name="output">Where it goes.</param>
internal sealed class AnswerStream(TextWriter output) : IDisposable
{
    private bool started;

    /// <summary>Writes the next piece.</summary>
    public void Write(string text)
    {
        output.Write(started ? text : text.TrimStart());
        started |= text.Trim().Length > 0;
        output.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        output.WriteLine();
        output.Flush();
    }
}
