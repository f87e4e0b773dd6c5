namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>Understands a no where one of the words No, no, not stands in the first sentence, and a yes everywhere else: in "NO", in "isn't", in nothing at all.</summary>
/// <remarks>POPE's evaluate.py and LLaVA's eval_pope.py, their mistakes included; words end at blanks only. An answer without a single letter or digit is counted as not understood, and is a yes all the same.</remarks>
public sealed class PopeParser : IAnswerParser
{
    /// <inheritdoc/>
    public string Name => "pope";

    /// <inheritdoc/>
    public ParsedAnswer Parse(string raw, IReadOnlyList<string> choices)
    {
        var sentence = raw.Split('.', 2)[0].Replace(",", "", StringComparison.Ordinal);
        return new ParsedAnswer(sentence.Split(' ').Any(word => word is "No" or "not" or "no") ? "no" : "yes", Failed: !raw.Any(char.IsLetterOrDigit));
    }
}
