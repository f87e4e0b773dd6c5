using System.Text.RegularExpressions;

namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>
/// Understands the letter of a choice: alone, in brackets or before a mark ("B", "(b)", "b) dog", "B: dog"), after "answer is", or as the text of exactly one choice.
/// An A before another word is an article.
/// </summary>
/// <remarks>Ours: stricter than the kits' own, without a lean towards any letter.</remarks>
public sealed partial class LetterParser : IAnswerParser
{
    /// <inheritdoc/>
    public string Name => "letter";

    /// <inheritdoc/>
    public ParsedAnswer Parse(string raw, IReadOnlyList<string> choices)
    {
        var text = raw.Trim();
        foreach (var pattern in (Regex[])[Alone(), Opening(), Stated()])
        {
            var found = pattern.Matches(text).Select(match => char.ToUpperInvariant(match.Groups["letter"].Value[0])).Distinct().ToArray();
            if (found is [var letter])
            {
                return letter - 'A' < choices.Count ? new ParsedAnswer($"{letter}") : new ParsedAnswer("", Failed: true);
            }

            if (found.Length > 1)
            {
                return new ParsedAnswer("", Failed: true); // says one thing and another
            }
        }

        var same = Enumerable.Range(0, choices.Count).Where(at => string.Equals(Plain(choices[at]), Plain(text), StringComparison.OrdinalIgnoreCase)).ToArray();
        return same is [var only and < 26] && Plain(text).Length > 0 ? new ParsedAnswer($"{(char)('A' + only)}") : new ParsedAnswer("", Failed: true);
    }

    private static string Plain(string text) => text.Trim().TrimEnd('.').TrimEnd();

    [GeneratedRegex(@"\A(?<letter>[A-Za-z])[.:)]?\z")]
    private static partial Regex Alone();

    // With a bracket or a mark, so that no article and no word is taken for a letter.
    [GeneratedRegex(@"\A(?:\((?<letter>[A-Za-z])\)|(?<letter>[A-Za-z])[.:)](?=\s))")]
    private static partial Regex Opening();

    [GeneratedRegex(@"\b(?:[Aa]nswer|[Oo]ption|[Cc]hoice) is:? (?:option )?\(?(?<letter>[A-Z])\)?(?=[.,:;!?\n]|\s*\z)")]
    private static partial Regex Stated();
}
