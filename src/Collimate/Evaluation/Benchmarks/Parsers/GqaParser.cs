namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>Takes the answer in lower case without full stops at its end.</summary>
/// <remarks>LLaVA, scripts/convert_gqa_for_eval.py.</remarks>
public sealed class GqaParser : IAnswerParser
{
    /// <inheritdoc/>
    public string Name => "gqa";

    /// <inheritdoc/>
    public ParsedAnswer Parse(string raw, IReadOnlyList<string> choices) => raw.TrimEnd('.').ToLowerInvariant() is { Length: > 0 } text ? new ParsedAnswer(text) : new ParsedAnswer("", Failed: true);
}
