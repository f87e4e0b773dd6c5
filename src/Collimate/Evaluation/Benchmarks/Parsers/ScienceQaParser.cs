using System.Text.RegularExpressions;

namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>Understands a letter alone, "B. …", or the one place where "The answer is B" is followed by any character; a letter beyond the choices is wrong.</summary>
/// <remarks>LLaVA, eval_science_qa.py. The pattern's last dot stands for any character, so "The answer is Canada" reads C.</remarks>
public sealed partial class ScienceQaParser : IAnswerParser
{
    private const string Options = "ABCDE";

    /// <inheritdoc/>
    public string Name => "science_qa";

    /// <inheritdoc/>
    public ParsedAnswer Parse(string raw, IReadOnlyList<string> choices)
    {
        var letter = raw switch
        {
            [var alone] when Options.Contains(alone) => alone,
            [var first, '.', ' ', ..] when Options.Contains(first) => first,
            _ => Stated().Matches(raw) is [var only] ? only.Groups[1].Value[0] : '\0',
        };
        return Options.IndexOf(letter, StringComparison.Ordinal) is >= 0 and var at && at < choices.Count ? new ParsedAnswer($"{letter}") : new ParsedAnswer("", Failed: true);
    }

    [GeneratedRegex("The answer is ([A-Z]).")]
    private static partial Regex Stated();
}
