namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>Understands yes, no, y, n, and answers with yes or no within their first four letters; full stops do not count. Anything else is "other".</summary>
/// <remarks>lmms-eval, tasks/mme: parse_pred_ans.</remarks>
public sealed class MmeParser : IAnswerParser
{
    /// <inheritdoc/>
    public string Name => "mme";

    /// <inheritdoc/>
    public ParsedAnswer Parse(string raw, IReadOnlyList<string> choices) =>
        raw.ToLowerInvariant().Trim().Replace(".", "", StringComparison.Ordinal) switch
        {
            "y" => new ParsedAnswer("yes"),
            "n" => new ParsedAnswer("no"),
            { Length: 1 } => MmeOfficialParser.Other,
            var text => MmeOfficialParser.Beginning(text),
        };
}
