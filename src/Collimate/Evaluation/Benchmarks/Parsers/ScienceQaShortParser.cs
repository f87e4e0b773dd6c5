namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>Understands a letter alone, or a capital followed by a full stop.</summary>
/// <remarks>lmms-eval, tasks/scienceqa: sqa_process_results.</remarks>
public sealed class ScienceQaShortParser : IAnswerParser
{
    /// <inheritdoc/>
    public string Name => "science_qa_short";

    /// <inheritdoc/>
    public ParsedAnswer Parse(string raw, IReadOnlyList<string> choices) => raw.Trim() switch
    {
        [var letter] when IsChoice(letter, choices) => new ParsedAnswer($"{letter}"),
        [var letter, '.', ..] when IsChoice(letter, choices) => new ParsedAnswer($"{letter}"),
        _ => new ParsedAnswer("", Failed: true),
    };

    private static bool IsChoice(char letter, IReadOnlyList<string> choices) => letter >= 'A' && letter - 'A' < choices.Count;
}
