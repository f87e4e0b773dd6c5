using System.Text.RegularExpressions;

namespace Collimate.Evaluation.Metrics.Captions.Meteor;

/// <summary>METEOR's own splitting of a line (-norm -lower): dashes between words part them, "'s" becomes two tokens, "U.S." loses its dots.</summary>
/// <remarks>Written after the behaviour of METEOR 1.5's normalizer for English, which runs after COCO's tokenizer on what that leaves.</remarks>
internal static partial class MeteorWords
{
    private const string Letters = @"A-Za-z\u0160\u0161\u017D\u017E\u0178\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u017E\u0400-\u04FF\u0500-\u0527\uA640-\uA66E\uA67E-\uA697\u1D00-\u1D7F";
    private const string LettersAndDigits = "0-9" + Letters;

    // Words whose dot belongs to them; after "no", "art", "nos" and "pp" only before a number.
    private static readonly HashSet<string> Dotted = new(
        "Adj Adm Adv Asst Bart Bldg Brig Bros Capt Cmdr Col Comdr Con Corp Cpl DR Dr Drs Ens Gen Gov Hon Hr Hosp Insp Lt MM MR MRS MS Maj Messrs Mlle Mme Mr Mrs Ms Msgr Op Ord Pfc Ph Prof Pvt Rep Reps Res Rev Rt Sen Sens Sfc Sgt Sr St Supt Surg v vs i.e rev e.g Nos Nr"
            .Split(' '), StringComparer.Ordinal);

    private static readonly HashSet<string> DottedBeforeNumber = new("No Nos Art Nr pp".Split(' '), StringComparer.Ordinal);

    /// <summary>The tokens of a line.</summary>
    public static string[] Of(string line)
    {
        var text = Other().Replace($" {line} ", " $1 ");
        text = CommaInWords().Replace(text, "$1 , $2");
        text = CommaAfterDigit().Replace(text, "$1 , $2");
        text = CommaBeforeDigit().Replace(text, "$1 , $2");
        text = text.Replace('`', '\'').Replace('\u2018', '\'').Replace('\u2019', '\'').Replace("\u201C", " \" ", StringComparison.Ordinal).Replace("\u201D", " \" ", StringComparison.Ordinal)
            .Replace("''", " \" ", StringComparison.Ordinal).Replace('\u2013', '-').Replace("--", "-", StringComparison.Ordinal);
        text = Dash().Replace(text, "$1 $2");
        text = QuoteAlone().Replace(text, "$1 ' $2");
        text = QuoteBefore().Replace(text, "$1 ' $2");
        text = QuoteAfter().Replace(text, "$1 ' $2");
        text = QuoteInside().Replace(text, "$1 '$2");
        text = YearsQuote().Replace(text, "$1 '$2");
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var tokens = new List<string>(words.Length);
        for (var at = 0; at < words.Length; at++)
        {
            AddParted(tokens, words[at], at + 1 < words.Length ? words[at + 1] : "");
        }

        return [.. tokens.Select(token => token.ToLowerInvariant())];
    }

    private static void AddParted(List<string> tokens, string word, string next)
    {
        if (word.Length < 2 || !word.EndsWith('.') || word.All(letter => letter == '.'))
        {
            tokens.Add(word);
            return;
        }

        var before = word[..^1];
        if (before.Contains('.', StringComparison.Ordinal) && Letter().IsMatch(before))
        {
            tokens.Add(word.Replace(".", "", StringComparison.Ordinal)); // U.S. as US
        }
        else if (Dotted.Contains(before) || (next.Length > 0 && char.IsAsciiLetterLower(next[0])) || (DottedBeforeNumber.Contains(before) && next.Length > 0 && char.IsAsciiDigit(next[0])))
        {
            tokens.Add(word);
        }
        else
        {
            tokens.Add(before);
            tokens.Add(".");
        }
    }

    [GeneratedRegex($@"([^{LettersAndDigits}\s.'`,\-\u2018\u2019])")]
    private static partial Regex Other();

    [GeneratedRegex("([^0-9]),([^0-9])")]
    private static partial Regex CommaInWords();

    [GeneratedRegex("([0-9]),([^0-9])")]
    private static partial Regex CommaAfterDigit();

    [GeneratedRegex("([^0-9]),([0-9])")]
    private static partial Regex CommaBeforeDigit();

    [GeneratedRegex($@"([{LettersAndDigits}.])-([{LettersAndDigits}])")]
    private static partial Regex Dash();

    [GeneratedRegex($"([^{Letters}])'([^{Letters}])")]
    private static partial Regex QuoteAlone();

    [GeneratedRegex($"([^{LettersAndDigits}])'([{Letters}])")]
    private static partial Regex QuoteBefore();

    [GeneratedRegex($"([{Letters}])'([^{Letters}])")]
    private static partial Regex QuoteAfter();

    [GeneratedRegex($"([{Letters}])'([{Letters}])")]
    private static partial Regex QuoteInside();

    [GeneratedRegex("([0-9])'(s)")]
    private static partial Regex YearsQuote();

    [GeneratedRegex($"[{Letters}]")]
    private static partial Regex Letter();
}
