namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>Takes the answer as it is, without blanks around it; an empty one is not understood.</summary>
public sealed class VerbatimParser : IAnswerParser
{
    internal const string ParserName = "verbatim";

    /// <inheritdoc/>
    public string Name => ParserName;

    /// <inheritdoc/>
    public ParsedAnswer Parse(string raw, IReadOnlyList<string> choices) => raw.Trim() is { Length: > 0 } text ? new ParsedAnswer(text) : new ParsedAnswer("", Failed: true);
}
