using System.Text.RegularExpressions;

namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>Understands "The answer is B", else the first of A, B, C, D that stands anywhere, in capitals: "A dog" and "Apple" are A. Then a choice's text, then a small letter anywhere.</summary>
/// <remarks>Otter's magnifierbench.py with its lean towards A, which is why the protocol with <see cref="LetterParser"/> stands beside it.</remarks>
public sealed partial class MagnifierParser : IAnswerParser
{
    private const string Letters = "ABCD";

    /// <inheritdoc/>
    public string Name => "magnifier";

    /// <inheritdoc/>
    public ParsedAnswer Parse(string raw, IReadOnlyList<string> choices)
    {
        if (Stated().Match(raw) is { Success: true } stated)
        {
            return new ParsedAnswer(stated.Groups[1].Value);
        }

        if (First(raw) is { } capital)
        {
            return new ParsedAnswer($"{capital}");
        }

        var upper = raw.ToUpperInvariant();
        for (var at = 0; at < Math.Min(choices.Count, Letters.Length); at++)
        {
            var option = choices[at].Trim();
            option = option.EndsWith('.') || option.EndsWith(',') || option.EndsWith('?') ? option[..^1] : option;
            if (upper.Contains(option.ToUpperInvariant(), StringComparison.Ordinal))
            {
                return new ParsedAnswer($"{Letters[at]}");
            }
        }

        return First(upper) is { } small ? new ParsedAnswer($"{small}") : new ParsedAnswer("other", Failed: true);
    }

    private static char? First(string text)
    {
        foreach (var letter in Letters)
        {
            if (text.Contains(letter))
            {
                return letter;
            }
        }

        return null;
    }

    [GeneratedRegex("The answer is ([A-D])")]
    private static partial Regex Stated();
}
