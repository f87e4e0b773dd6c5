namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>Takes the first line that is not blank: a caption, where a model goes on with something else.</summary>
public sealed class FirstLineParser : IAnswerParser
{
    /// <inheritdoc/>
    public string Name => "first_line";

    /// <inheritdoc/>
    public ParsedAnswer Parse(string raw, IReadOnlyList<string> choices) =>
        raw.Split('\n', '\r').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0) is { } text ? new ParsedAnswer(text) : new ParsedAnswer("", Failed: true);
}
