namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>Understands answers with yes or no within their first four letters, yes before no; anything else is "other".</summary>
/// <remarks>MME's calculation.py: parse_pred_ans. Four letters, so "know" is a no.</remarks>
public sealed class MmeOfficialParser : IAnswerParser
{
    private const int Prefix = 4;

    /// <summary>What is neither yes nor no.</summary>
    internal static ParsedAnswer Other => new("other", Failed: true);

    /// <inheritdoc/>
    public string Name => "mme_official";

    /// <inheritdoc/>
    public ParsedAnswer Parse(string raw, IReadOnlyList<string> choices) => Beginning(raw.ToLowerInvariant());

    /// <summary>What the first letters say.</summary>
    internal static ParsedAnswer Beginning(string text)
    {
        var beginning = text.AsSpan(0, Math.Min(Prefix, text.Length));
        return beginning.Contains("yes", StringComparison.Ordinal) ? new ParsedAnswer("yes") : beginning.Contains("no", StringComparison.Ordinal) ? new ParsedAnswer("no") : Other;
    }
}
