namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>Understands the lone words yes and no in any case, and nothing else: "Yes." is not understood.</summary>
/// <remarks>lmms-eval, tasks/pope: the answer in lower case must equal the label.</remarks>
public sealed class YesNoWordParser : IAnswerParser
{
    /// <inheritdoc/>
    public string Name => "yes_no_word";

    /// <inheritdoc/>
    public ParsedAnswer Parse(string raw, IReadOnlyList<string> choices) =>
        raw.Trim().ToLowerInvariant() is "yes" or "no" ? new ParsedAnswer(raw.Trim().ToLowerInvariant()) : new ParsedAnswer("", Failed: true);
}
