using System.Text;
using System.Text.RegularExpressions;
using static Collimate.Evaluation.Metrics.Captions.PtbPatterns;

namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>Splits a line into words as the Penn Treebank does: "isn't" is "is n't", a bracket "-lrb-", quotation marks `` and ''.</summary>
/// <remarks>
/// Written after the behaviour of Stanford's PTBTokenizer 3.4.1 with -preserveLines -lowerCase, which COCO's caption tool runs. Not taken over: masked swear words, the
/// symbols of CP1252, and newspaper cases that no caption holds.
/// </remarks>
public static class PtbTokenizer
{
    private const char End = '\n';
    private const int LongestDotted = 7; // Bancorp.

    private static readonly HashSet<string> Contracted = new(["gonna", "gotta", "lemme", "gimme", "wanna", "cannot"], StringComparer.OrdinalIgnoreCase);

    // Begins with a letter or an apostrophe.
    private static readonly PtbRule[] wordRules =
    [
        new(@"[cC]\+\+|[cCfF]#"),
        new("cannot", "", null, Leave(3), anyCase: true),
        new("'twas", "", null, Leave(3), anyCase: true),
        new("(gonna|gotta|lemme|gimme|wanna|'tis)", "[^A-Za-z]", null, Leave(2), anyCase: true),
        new(Word, ShortVerb),
        new(BeforeNot, ShortNot),
        new(Word),
        new(ApostropheWord, "", token => Quote(token, opens: false)),
        new("[yY]['\u0092\u2019\u00B4]", Letter),
        new(ShortVerb, "[^A-Za-z]", token => Quote(token, opens: false)),
        new(ShortNot, "[^A-Za-z]", token => token.Replace('\u2019', '\'')),
        new(Slashed, needs: "/"),
        new(@"[A-Z]*\$", needs: "$"),
        new($@"({Initials})\.", $"{SpaceOrEnd}+(?-i:{Openers}){SpaceOrEnd}", null, token => token.Length == 2 ? (token[..1], 1) : (token, token.Length - 1), anyCase: true, needs: "."),
        new(BeforeNumber, $"{SpaceOrEnd}?[0-9]", anyCase: true, needs: "."),
        new(@"(pty|pte|pvt|co)\.", $"{Space}(ltd|lim)", anyCase: true, needs: "."),
        new(Abbreviation, $"{SpaceOrEnd}({SpaceOrEnd}|(?-i:[A-Z]))", null, token => (token, token.Length - 1), anyCase: true, needs: "."),
        new(Abbreviation, @"[\s\S][\s\S]", anyCase: true, needs: "."),
        new(Abbreviation, "", null, token => (token, token.Length - 1), anyCase: true, needs: "."),
        new($@"(({Initials})|{Title})\.", "", anyCase: true, needs: "."),
        new(@"vs\.", "", anyCase: true, needs: "."),
        new("['\u0092\u2019\u00B4][0-9][0-9]", SpaceOrEnd),
        new(FileName, $"({SpaceOrEnd}|[.?!,])", anyCase: true, needs: "."),
        new($@"{Word}\.", "[,;:\u3001]", needs: "."),
        new(DoubleQuote, "[A-Za-z0-9$]", token => Quote(token, opens: true)),
        new(DoubleQuote, "", token => Quote(token, opens: false)),
        new($@"({Compound})\.", "[,;:\u3001]", needs: "."),
        new(Compound, needs: "-_"),
        new(Hyphenated, "", token => Quote(token, opens: false)),
        new(Ampersands, "", Ampersand, needs: "+&"),
        new(Quotes, @"[A-Za-z][^ \t\r\n\u00A0]", token => Quote(token, opens: true)),
        new(Quotes, "", token => Quote(token, opens: false)),
        new(ShortVerb, "", token => Quote(token, opens: false)),
    ];

    private static readonly PtbRule[] numberRules =
    [
        new(Date),
        new($"[-+]?({Number})", "", token => token.Replace("\u00AD", "", StringComparison.Ordinal)),
        new(Fraction, "", Unbroken),
        new(Slashed, needs: "/"),
        new(Phone, "", token => Brackets(Unbroken(token))),
        new(FileName, $"({SpaceOrEnd}|[.?!,])", anyCase: true, needs: "."),
        new($@"({Compound})\.", "[,;:\u3001]", needs: "."),
        new(Compound, needs: "-_"),
        new(Hyphenated, "", token => Quote(token, opens: false)),
    ];

    private static readonly PtbRule[] otherRules =
    [
        new(Markup, "", Unbroken),
        new("[\u2013\u2014\u2015\u0096\u0097]|&(MD|mdash|ndash);", "", _ => "--"),
        new("&amp;", "", Ampersand, anyCase: true),
        new("&(HT|TL|UR|LR|QC|QL|QR|odq|cdq|#[0-9]+);"),
        new(Handle),
        new($"[-+]({Number})"),
        new("[\u00BC\u00BD\u00BE\u2153-\u215E]", "", token => token switch { "\u00BC" => "1/4", "\u00BD" => "1/2", "\u00BE" => "3/4", "\u2153" => "1/3", "\u2154" => "2/3", _ => token }),
        new("-(RRB|LRB|RCB|LCB|RSB|LSB)-", anyCase: true),
        new(@"[A-Z]*\$|#"),
        new("[\u00A2-\u00A5\u0080\u20A0\u20AC\u060B\u0E3F\u20A4\uFFE0\uFFE1\uFFE5\uFFE6]", "", Currency),
        new("\u00B0[CF]"),
        new(Phone, "", token => Brackets(Unbroken(token))),
        new(DoubleQuote, "[A-Za-z0-9$]", token => Quote(token, opens: true)),
        new(DoubleQuote, "", token => Quote(token, opens: false)),
        new(Smiley, "[^A-Za-z0-9]", Brackets),
        new(EasternSmiley, "", Brackets),
        new("<|&lt;", "", _ => "<"),
        new(">|&gt;", "", _ => ">"),
        new(@"\{", "", _ => "-LCB-"), new(@"\}", "", _ => "-RCB-"), new(@"\[", "", _ => "-LSB-"), new(@"\]", "", _ => "-RSB-"), new(@"\(", "", _ => "-LRB-"), new(@"\)", "", _ => "-RRB-"),
        new("-+", "", token => token.Length is 3 or 4 ? "--" : token),
        new(@"\.\.\.+|[\u0085\u2026]|\.[ \u00A0](\.[ \u00A0])+\.", "", _ => "..."),
        new("@+|#+|_+"),
        new(@"\*+|(\\\*){1,3}"),
        new("[,;:\u3001]"),
        new("[?!]+"),
        new("[.\u00A1\u00BF\u037E\u0589\u061F\u06D4\u0700-\u0702\u07FA\u3002]"),
        new("=+"),
        new("/"),
        new(Quotes, @"[A-Za-z][^ \t\r\n\u00A0]", token => Quote(token, opens: true)),
        new(Quotes, "", token => Quote(token, opens: false)),
        new("<<|>>"),
        new(Symbol),
    ];

    // Words that keep the dot behind them.
    private static readonly Regex Dotted = new($@"\A({Abbreviation}|({Title}|vs|pty|pte|pvt|co)\.|{BeforeNumber})\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture);

    private static readonly PtbRule fullAddress = new(FullAddress);
    private static readonly PtbRule likelyAddress = new(LikelyAddress, "[^A-Za-z]");
    private static readonly PtbRule mail = new(Mail);

    /// <summary>Splits one line.</summary>
    /// <param name="line">The line; breaks in it count as blanks.</param>
    /// <param name="following">The line after it, at whose beginning the tokenizer looks to tell an abbreviation from the end of a sentence; a line for itself where null.</param>
    /// <returns>The tokens in lower case.</returns>
    public static IReadOnlyList<string> Tokenize(string line, string? following = null)
    {
        ArgumentNullException.ThrowIfNull(line);
        var flat = Whole(line).Replace('\r', ' ').Replace('\n', ' ');
        var text = flat + End + following + End;
        var tokens = new List<string>();
        var (at, chunkEnd, holdsAddress) = (0, 0, AddressKinds.None);
        while (at < flat.Length)
        {
            if (IsBlank(text[at]))
            {
                at++;
                continue;
            }

            if (at >= chunkEnd)
            {
                (chunkEnd, holdsAddress) = Chunk(text, at);
            }

            if (PlainToken(text, at) is var length and > 0)
            {
                tokens.Add(text.Substring(at, length).ToLowerInvariant());
                at += length;
                continue;
            }

            var (rule, taken) = Longest(text, at, chunkEnd, holdsAddress);
            if (rule is null)
            {
                at += char.IsHighSurrogate(text[at]) && at + 1 < flat.Length ? 2 : 1; // no token: left out
                continue;
            }

            var (token, used) = rule.Write(text.Substring(at, taken));
            tokens.Add(token.Normalize(NormalizationForm.FormC).ToLowerInvariant());
            at += Math.Max(1, used);
        }

        return tokens;
    }

    private static (PtbRule? Rule, int Taken) Longest(string text, int at, int chunkEnd, AddressKinds addresses)
    {
        var (best, bestSeen, bestTaken) = ((PtbRule?)null, 0, 0);
        void Try(PtbRule rule)
        {
            if (rule.Sees(text, at, out var seen, out var taken) && seen > bestSeen)
            {
                (best, bestSeen, bestTaken) = (rule, seen, taken);
            }
        }

        var first = text[at];
        var isWord = char.IsLetter(first) || first is '\'' or '\u2019' or '\u2018' or '`' or '\u00B4' or '\u0092' or '\u00AD' || (first == '&' && string.CompareOrdinal(text, at, "&apos;", 0, 6) == 0);
        var isNumber = char.IsAsciiDigit(first) || (first is '.' or ',' && char.IsAsciiDigit(text[at + 1]));
        if (addresses.HasFlag(AddressKinds.Full))
        {
            Try(fullAddress);
        }

        if (addresses.HasFlag(AddressKinds.Mail))
        {
            Try(mail);
        }

        if (addresses.HasFlag(AddressKinds.Likely))
        {
            Try(likelyAddress);
        }

        var left = text.AsSpan(at, chunkEnd - at);
        foreach (var rule in isWord ? wordRules : isNumber ? numberRules : otherRules)
        {
            if (rule.Needs.Length == 0 || left.ContainsAny(rule.Needs))
            {
                Try(rule);
            }
        }

        return best is null && (isWord || isNumber) ? Among(otherRules, text, at) : (best, bestTaken);
    }

    private static (PtbRule? Rule, int Taken) Among(PtbRule[] rules, string text, int at)
    {
        var (best, bestSeen, bestTaken) = ((PtbRule?)null, 0, 0);
        foreach (var rule in rules)
        {
            if (rule.Sees(text, at, out var seen, out var taken) && seen > bestSeen)
            {
                (best, bestSeen, bestTaken) = (rule, seen, taken);
            }
        }

        return (best, bestTaken);
    }

    // Most tokens are plain words and numbers between blanks, or the mark at a sentence's end: they need no rules.
    private static int PlainToken(string text, int at)
    {
        var first = text[at];
        if (first is ',' or ';' || (first == '.' && !(text[at + 1] is ' ' or '\u00A0' && text[at + 2] == '.')))
        {
            return Ends(text, at + 1) ? 1 : 0;
        }

        var end = at;
        if (char.IsAsciiDigit(first))
        {
            while (char.IsAsciiDigit(text[end]))
            {
                end++;
            }

            // A fraction or a telephone number may go on behind a blank.
            return text[end] == End || (IsBlank(text[end]) && (char.IsAsciiLetter(text[end + 1]) || text[end + 1] == End)) ? end - at : 0;
        }

        while (char.IsAsciiLetter(text[end]))
        {
            end++;
        }

        var isPlain = Ends(text, end) || (text[end] is ',' or ';' && Ends(text, end + 1)) || (text[end] == '.' && end - at > 1 && Ends(text, end + 1) && (end - at > LongestDotted || !Dotted.IsMatch(text.AsSpan(at, end + 1 - at))));
        return end > at && isPlain && !(end - at is 5 or 6 && Contracted.Contains(text[at..end])) ? end - at : 0;
    }

    private static bool Ends(string text, int at) => text[at] == End || IsBlank(text[at]);

    // Addresses are looked for only where the run between blanks holds one, so that long lines take no longer than many short ones.
    private static (int End, AddressKinds Kinds) Chunk(string text, int at)
    {
        var end = at;
        while (!IsBlank(text[end]) && text[end] != End)
        {
            end++;
        }

        var chunk = text.AsSpan(at, end - at);
        var kinds = AddressKinds.None;
        kinds |= chunk.Contains("://", StringComparison.Ordinal) ? AddressKinds.Full : AddressKinds.None;
        kinds |= chunk.Contains('@') ? AddressKinds.Mail : AddressKinds.None;
        foreach (var part in (ReadOnlySpan<string>)["www.", ".com", ".net", ".org", ".edu"])
        {
            kinds |= chunk.Contains(part, StringComparison.OrdinalIgnoreCase) ? AddressKinds.Likely : AddressKinds.None;
        }

        return (end, kinds);
    }

    // Half a character, which cannot be normalised, as the mark for something unreadable.
    private static string Whole(string text) => text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? string.Concat(text.EnumerateRunes()) : text;

    private static bool IsBlank(char letter) => letter is ' ' or '\t' or '\f' or '\v' or '\u00A0' or '\u3000' or '\uFEFF' or '\u200B' or (>= '\u2000' and <= '\u200A');

    private static Func<string, (string Text, int Length)> Leave(int rest) => token => (token[..^rest], token.Length - rest);

    private static string Ampersand(string token) => token.Replace("&amp;", "&", StringComparison.OrdinalIgnoreCase);

    [Flags]
    private enum AddressKinds
    {
        None = 0,
        Full = 1,
        Likely = 2,
        Mail = 4,
    }
}
