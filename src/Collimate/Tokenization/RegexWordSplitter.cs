using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Collimate.Tokenization;

/// <summary>Cuts words by any regular expression; what it does not match stands as words of its own (the behaviour "Isolated").</summary>
/// <remarks>
/// .NET's expressions see surrogates, not the characters they form. So each such character is replaced by one of the same Unicode category from the
/// basic plane while the expression runs, and places are counted back.
/// </remarks>
internal sealed class RegexWordSplitter : WordSplitter
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Regex regex;

    internal RegexWordSplitter(string pattern) => regex = new Regex(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant, Patience);

    internal override void Split(ReadOnlySpan<char> text, List<int> ends)
    {
        var stand = new char[text.Length];
        var places = new int[text.Length + 1];
        var count = 0;
        for (var at = 0; at < text.Length; count++)
        {
            places[count] = at;
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
            {
                stand[count] = StandIn(Rune.GetUnicodeCategory(new Rune(text[at], text[at + 1])));
                at += 2;
            }
            else
            {
                stand[count] = text[at++];
            }
        }

        places[count] = text.Length;
        var done = 0;
        try
        {
            foreach (var match in regex.EnumerateMatches(stand.AsSpan(0, count)))
            {
                if (match.Index > done)
                {
                    ends.Add(places[match.Index]);
                }

                if (match.Length > 0)
                {
                    ends.Add(places[match.Index + match.Length]);
                }

                done = match.Index + match.Length;
            }
        }
        catch (RegexMatchTimeoutException slow)
        {
            throw new TokenizerException($"the pattern '{regex}' took more than {Patience.TotalSeconds:0} s on a text of {text.Length} characters; mend pre_tokenizer in tokenizer.json", slow);
        }

        if (done < count)
        {
            ends.Add(text.Length);
        }
    }

    private static char StandIn(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\u00C0',
        UnicodeCategory.LowercaseLetter => '\u00E0',
        UnicodeCategory.TitlecaseLetter => '\u01C5',
        UnicodeCategory.ModifierLetter => '\u02B0',
        UnicodeCategory.OtherLetter => '\u00AA',
        UnicodeCategory.NonSpacingMark => '\u0300',
        UnicodeCategory.SpacingCombiningMark => '\u0903',
        UnicodeCategory.EnclosingMark => '\u20DD',
        UnicodeCategory.DecimalDigitNumber => '\u0660',
        UnicodeCategory.LetterNumber => '\u2160',
        UnicodeCategory.OtherNumber => '\u00B2',
        UnicodeCategory.MathSymbol => '\u00AC',
        UnicodeCategory.CurrencySymbol => '\u00A2',
        UnicodeCategory.ModifierSymbol => '\u00A8',
        UnicodeCategory.OtherSymbol => '\u00A6',
        UnicodeCategory.DashPunctuation => '\u2010',
        UnicodeCategory.ConnectorPunctuation => '\u203F',
        UnicodeCategory.OpenPunctuation => '\u2045',
        UnicodeCategory.ClosePunctuation => '\u2046',
        UnicodeCategory.InitialQuotePunctuation => '\u00AB',
        UnicodeCategory.FinalQuotePunctuation => '\u00BB',
        UnicodeCategory.OtherPunctuation => '\u00A1',
        UnicodeCategory.Format => '\u00AD',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\uFFFF',
    };
}
