using System.Runtime.InteropServices;

namespace Collimate.Tokenization.PostProcessing;

/// <summary>Takes the blanks at the ends of a byte-level token out of its place.</summary>
/// <param name="trims">Whether it does so.</param>
/// <param name="addsPrefixSpace">Whether the first blank was put in, so that no place is to be taken out for it.</param>
/// <param name="spelling">The spelling of an id.</param>
internal sealed class ByteLevelProcessor(bool trims, bool addsPrefixSpace, Func<int, string> spelling) : IPostProcessor
{
    private const char SpeltBlank = '\u0120';

    public IEnumerable<int> Ids => [];

    public List<TokenSequence> Process(List<TokenSequence> texts, bool putsIn)
    {
        if (trims)
        {
            texts.ForEach(text => Trim(text, addsPrefixSpace, spelling));
        }

        return texts;
    }

    internal static void Trim(TokenSequence text, bool addsPrefixSpace, Func<int, string> spelling)
    {
        var tokens = CollectionsMarshal.AsSpan(text.Tokens);
        for (var k = 0; k < tokens.Length; k++)
        {
            var token = tokens[k].Surface ?? spelling(tokens[k].Id);
            var leading = token.TakeWhile(IsBlank).Count();
            var trailing = token.Reverse().TakeWhile(IsBlank).Count();
            var (start, end) = (tokens[k].Start, tokens[k].End);
            if (leading > 0)
            {
                leading -= (k == 0 || start == 0) && addsPrefixSpace ? 1 : 0;
                start = Math.Min(start + leading, end);
            }

            if (trailing > 0 && end >= trailing)
            {
                end = Math.Max(end - trailing, start);
            }

            tokens[k] = tokens[k] with { Start = start, End = end };
        }
    }

    private static bool IsBlank(char c) => c == SpeltBlank || char.IsWhiteSpace(c);
}
