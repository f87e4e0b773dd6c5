namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>
/// Understands the only letter among the words where it is one of the last five, then the only choice whose text stands in the answer. An A among more than three words may be an article, so such an answer is read by its text.
/// </summary>
/// <remarks>VLMEvalKit: can_infer_option with its guard against articles, can_infer_text; what neither understands goes to a language model there and is wrong here. Z is a refusal.</remarks>
public sealed class MmBenchParser : IAnswerParser
{
    private const string Marks = ".()[],:;!*#{}";
    private const int Last = 5;
    private const int Few = 3;

    private static readonly string[] Refusals =
        ["Sorry, I can't help with images of people yet.", "I can't process this file.", "I'm sorry, but without the image provided", "Cannot determine the answer"];

    /// <inheritdoc/>
    public string Name => "mmbench";

    /// <inheritdoc/>
    public ParsedAnswer Parse(string raw, IReadOnlyList<string> choices)
    {
        var letter = Refusals.Any(refusal => raw.Contains(refusal, StringComparison.Ordinal)) ? 'Z' : Letter(raw, choices) ?? Text(raw, choices);
        return letter is { } found and not 'Z' ? new ParsedAnswer($"{found}") : new ParsedAnswer("", Failed: true);
    }

    private static char? Letter(string raw, IReadOnlyList<string> choices)
    {
        var words = string.Concat(raw.Select(letter => Marks.Contains(letter) ? ' ' : letter)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        char[] named = [.. Enumerable.Range('A', Math.Min(choices.Count, 26)).Select(letter => (char)letter).Where(letter => words.Contains($"{letter}"))];
        return named switch
        {
            [var only] when words.Length > Few && words.Contains("A") => null,
            [var only] when Array.IndexOf(words, $"{only}") > words.Length - Last => only,
            [] when words.Contains("Z") => 'Z',
            _ => null,
        };
    }

    private static char? Text(string raw, IReadOnlyList<string> choices)
    {
        var answer = raw.ToLowerInvariant();
        var found = Enumerable.Range(0, Math.Min(choices.Count, 26)).Where(at => answer.Contains(choices[at].ToLowerInvariant(), StringComparison.Ordinal)).ToArray();
        return found is [var only] ? (char)('A' + only) : null;
    }
}
