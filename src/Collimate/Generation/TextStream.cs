namespace Collimate.Generation;

/// <summary>
/// The text of one row while it grows. It reports only what can no longer change: a character whose bytes are still incomplete, and an
/// ending that may become a stop string, are held back.
/// </summary>
internal sealed class TextStream(TokenDecoder? decoder, IReadOnlyList<string> stopStrings)
{
    private const char Incomplete = '\uFFFD';
    private int reported;

    /// <summary>The text so far, cut before a stop string.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Takes the row with one more token.</summary>
    /// <returns>The text that became certain, and whether a stop string came.</returns>
    public (string Added, bool Stopped) Read(ReadOnlySpan<int> tokens)
    {
        if (decoder is null)
        {
            return ("", false);
        }

        Text = decoder(tokens);
        var stop = FirstStop();
        if (stop >= 0)
        {
            Text = Text[..stop];
            return (Report(stop), true);
        }

        var certain = Text.AsSpan().TrimEnd(Incomplete).Length;
        return (Report(certain - HeldBack(Text.AsSpan(0, certain))), false);
    }

    /// <summary>What was held back, when the row ends.</summary>
    public string Finish() => Report(Text.Length);

    private string Report(int end)
    {
        if (end <= reported)
        {
            return "";
        }

        var added = Text[reported..end];
        reported = end;
        return added;
    }

    private int FirstStop() => stopStrings
        .Select(stop => Text.IndexOf(stop, StringComparison.Ordinal))
        .Where(place => place >= 0)
        .DefaultIfEmpty(-1)
        .Min();

    private int HeldBack(ReadOnlySpan<char> text)
    {
        var held = 0;
        foreach (var stop in stopStrings)
        {
            for (var length = Math.Min(stop.Length - 1, text.Length); length > held; length--)
            {
                if (text.EndsWith(stop.AsSpan(0, length), StringComparison.Ordinal))
                {
                    held = length;
                }
            }
        }

        return held;
    }
}
