using System.Text.RegularExpressions;

namespace Collimate.Evaluation.Metrics.Answers;

/// <summary>Makes answers alike: case, punctuation, number words, articles, missing apostrophes.</summary>
/// <remarks>
/// GT-Vision-Lab/VQA: processPunctuation and processDigitArticle. Mistakes that <see cref="VqaProtocol.Official"/> keeps: the pattern for full stops was to spare those after a digit but has a look-ahead that
/// is always true; a flag was passed where the number of replacements belongs, so at most 32 are removed; whether a mark is removed or becomes a blank is decided by the unchanged text;
/// contractions with a capital (Im, Ive) never match, as the text is in lower case; and "somebody'd" loses its apostrophe.
/// </remarks>
public static partial class VqaNormalization
{
    private const int MostStops = 32;

    private static readonly string[] Marks = [";", "/", "[", "]", "\"", "{", "}", "(", ")", "=", "+", "\\", "_", "-", ">", "<", "@", "`", ",", "?", "!"];

    private static readonly HashSet<string> Articles = ["a", "an", "the"];

    private static readonly Dictionary<string, string> Numbers = new()
    {
        ["none"] = "0", ["zero"] = "0", ["one"] = "1", ["two"] = "2", ["three"] = "3", ["four"] = "4", ["five"] = "5", ["six"] = "6", ["seven"] = "7", ["eight"] = "8", ["nine"] = "9", ["ten"] = "10",
    };

    private static readonly string[] Contractions =
    [
        .. ("ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've he's how'd how'll how's I'd've I'm I've isn't it'd it'd've it'll ma'am "
        + "mightn't mightn't've might've mustn't must've needn't not've o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's someone'd someone'd've "
        + "someone'll someone's something'd something'd've something'll that's there'd there'd've there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're "
        + "what's what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've").Split(' '),
    ];

    private static readonly Dictionary<string, string> Official = Misspelt(Contractions, ("somebody'd", "somebodyd"));
    private static readonly Dictionary<string, string> Clean = Misspelt(Contractions.Select(word => word.ToLowerInvariant()));

    /// <summary>An answer as a protocol compares it.</summary>
    /// <param name="answer">The answer as it was given.</param>
    /// <param name="protocol">The protocol.</param>
    public static string Apply(string answer, VqaProtocol protocol)
    {
        var text = answer;
        if (protocol == VqaProtocol.EvalAi)
        {
            text = text.ToLowerInvariant().Replace(",", "", StringComparison.Ordinal).Replace("?", "", StringComparison.Ordinal).Replace("'s", " 's", StringComparison.Ordinal).Trim();
        }

        return WithoutArticles(WithoutPunctuation(Strip(text), protocol), protocol);
    }

    /// <summary>The answer on one line, without blanks around it: all that happens to it where the official evaluation compares answers as they are.</summary>
    /// <param name="answer">The answer as it was given.</param>
    public static string Strip(string answer) => answer.Replace('\n', ' ').Replace('\t', ' ').Trim();

    internal static string WithoutPunctuation(string text, VqaProtocol protocol)
    {
        var result = text;
        var holdsThousands = (protocol == VqaProtocol.EvalAi ? ThousandsAround() : Thousands()).IsMatch(text);
        foreach (var mark in Marks)
        {
            var isApart = text.Contains(mark + ' ', StringComparison.Ordinal) || text.Contains(' ' + mark, StringComparison.Ordinal);
            result = result.Replace(mark, isApart || holdsThousands ? "" : " ", StringComparison.Ordinal);
        }

        return protocol == VqaProtocol.Clean ? StopOutsideNumber().Replace(result, "") : StopBeforeNoDigit().Replace(result, "", MostStops);
    }

    internal static string WithoutArticles(string text, VqaProtocol protocol)
    {
        var known = protocol == VqaProtocol.Clean ? Clean : Official;
        var words = text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(word => Numbers.GetValueOrDefault(word, word)).Where(word => !Articles.Contains(word));
        return string.Join(' ', words.Select(word => known.GetValueOrDefault(word, word)));
    }

    // A contraction is recognised where one of its apostrophes is missing.
    private static Dictionary<string, string> Misspelt(IEnumerable<string> words, params (string Wrong, string Right)[] more)
    {
        var known = more.ToDictionary(one => one.Wrong, one => one.Right);
        foreach (var word in words)
        {
            for (var at = word.IndexOf('\'', StringComparison.Ordinal); at >= 0; at = word.IndexOf('\'', at + 1))
            {
                known[word.Remove(at, 1)] = word;
            }
        }

        return known;
    }

    [GeneratedRegex(@"\.(?!\d)")]
    private static partial Regex StopBeforeNoDigit();

    [GeneratedRegex(@"\.(?!\d)")]
    private static partial Regex StopOutsideNumber();

    [GeneratedRegex(@"\d,\d")]
    private static partial Regex Thousands();

    [GeneratedRegex(@"(?<=\d),+(?=\d)")]
    private static partial Regex ThousandsAround();
}
