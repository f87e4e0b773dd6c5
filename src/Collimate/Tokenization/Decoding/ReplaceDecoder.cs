using System.Text;

namespace Collimate.Tokenization.Decoding;

/// <summary>Replaces whatever a pattern finds in a token.</summary>
internal sealed class ReplaceDecoder(TextPattern pattern, string content) : ITokenDecoder
{
    private const int Longest = 1 << 22;

    public List<string> Decode(List<string> tokens) => [.. tokens.Select(Replace)];

    private string Replace(string token)
    {
        var matches = new List<(int Start, int End)>();
        pattern.Find(token, matches);
        if (matches.Count == 0)
        {
            return token;
        }

        if (token.Length + ((long)matches.Count * content.Length) > Longest + (token.Length * 4L))
        {
            throw new TokenizerException("the decoder makes ever more of a token; its rules add to one another, mend decoder in tokenizer.json");
        }

        var text = new StringBuilder(token.Length);
        var done = 0;
        foreach (var (start, end) in matches)
        {
            text.Append(token.AsSpan(done, start - done)).Append(content);
            done = end;
        }

        return text.Append(token.AsSpan(done)).ToString();
    }
}
