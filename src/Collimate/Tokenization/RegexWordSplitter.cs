namespace Collimate.Tokenization;

/// <summary>Cuts words by any regular expression; what it does not match stands as words of its own (the behaviour "Isolated").</summary>
internal sealed class RegexWordSplitter : WordSplitter
{
    private readonly TextPattern pattern;

    internal RegexWordSplitter(TextPattern pattern) => this.pattern = pattern;

    internal override void Split(ReadOnlySpan<char> text, List<int> ends)
    {
        var matches = new List<(int Start, int End)>();
        pattern.Find(text, matches);
        var done = 0;
        foreach (var (start, end) in matches)
        {
            if (start > done)
            {
                ends.Add(start);
            }

            if (end > start)
            {
                ends.Add(end);
            }

            done = end;
        }

        if (done < text.Length)
        {
            ends.Add(text.Length);
        }
    }
}
