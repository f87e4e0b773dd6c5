using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Collimate.Tokenization;

/// <summary>Finds what a pattern of <c>tokenizer.json</c> matches: characters as they are written, or a regular expression.</summary>
/// <remarks>
/// .NET's expressions see surrogates, not the characters they form. So each such character is replaced by one of the same Unicode category from the
/// basic plane while the expression runs, and places are counted back.
/// </remarks>
internal sealed class TextPattern
{
    // In the files' dialect (Oniguruma with Ruby's syntax) ^ and $ stand at every line's ends.
    private const RegexOptions Dialect = RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.Multiline;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly string? literal;
    private readonly Regex? regex;
    private readonly WordSplitter? splitter;

    private TextPattern(string? literal, Regex? regex, WordSplitter? splitter) => (this.literal, this.regex, this.splitter) = (literal, regex, splitter);

    /// <summary>These characters.</summary>
    internal static TextPattern Of(string literal) => new(literal, null, null);

    /// <summary>A regular expression; those that are widely used are written out.</summary>
    /// <exception cref="ArgumentException">It is none that .NET knows.</exception>
    internal static TextPattern OfRegex(string pattern)
    {
        if (WordSplitter.Written(pattern) is { } splitter)
        {
            return new TextPattern(null, null, splitter);
        }

        // These mean a class of characters in the files' own dialect and something else here.
        if (pattern.Contains("[[:", StringComparison.Ordinal) || pattern.Contains("&&", StringComparison.Ordinal))
        {
            throw new ArgumentException("classes of the forms [[:name:]] and [a&&b] are not supported");
        }

        return new TextPattern(null, new Regex(pattern, Dialect, Patience), null);
    }

    /// <summary>All matches from left to right; they may be empty.</summary>
    internal void Find(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        if (splitter is not null)
        {
            FindWords(text, matches);
        }
        else if (literal is not null)
        {
            FindLiteral(text, literal, matches);
        }
        else if (!text.IsEmpty)
        {
            FindRegex(text, regex!, matches);
        }
    }

    private void FindWords(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        var ends = new List<int>();
        splitter!.Split(text, ends);
        var start = 0;
        foreach (var end in ends)
        {
            matches.Add((start, end));
            start = end;
        }
    }

    private static void FindLiteral(ReadOnlySpan<char> text, string literal, List<(int Start, int End)> matches)
    {
        for (var at = 0; literal.Length > 0 && text[at..].IndexOf(literal, StringComparison.Ordinal) is >= 0 and var found;)
        {
            matches.Add((at + found, at + found + literal.Length));
            at += found + literal.Length;
        }
    }

    private static void FindRegex(ReadOnlySpan<char> text, Regex regex, List<(int Start, int End)> matches)
    {
        try
        {
            if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
            {
                foreach (var match in regex.EnumerateMatches(text))
                {
                    Add(matches, match.Index, match.Index + match.Length);
                }

                return;
            }

            var stand = new char[text.Length];
            var places = new int[text.Length + 1];
            var count = StandIn(text, stand, places);
            foreach (var match in regex.EnumerateMatches(stand.AsSpan(0, count)))
            {
                Add(matches, places[match.Index], places[match.Index + match.Length]);
            }
        }
        catch (RegexMatchTimeoutException slow)
        {
            throw new TokenizerException($"the pattern '{regex}' took more than {Patience.TotalSeconds:0} s on a text of {text.Length} characters; mend it in tokenizer.json", slow);
        }
    }

    // An empty match right behind another does not count in the files' dialect.
    private static void Add(List<(int Start, int End)> matches, int start, int end)
    {
        if (end > start || matches.Count == 0 || matches[^1].End < start)
        {
            matches.Add((start, end));
        }
    }

    private static int StandIn(ReadOnlySpan<char> text, char[] stand, int[] places)
    {
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
        return count;
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
