namespace Collimate.Server.Chat;

/// <summary>An answer's text without the blanks around it, piece by piece: blanks are told only once words follow them.</summary>
internal sealed class TrimmedText
{
    private string blanks = "";
    private bool hasBegun;

    /// <summary>Takes a piece.</summary>
    /// <returns>What of the text is certain by now, and was not told before.</returns>
    public string Add(string piece)
    {
        var text = blanks + piece;
        text = hasBegun ? text : text.TrimStart();
        var words = text.TrimEnd();
        if (words.Length == 0)
        {
            blanks = hasBegun ? text : "";
            return "";
        }

        hasBegun = true;
        blanks = text[words.Length..];
        return words;
    }
}
