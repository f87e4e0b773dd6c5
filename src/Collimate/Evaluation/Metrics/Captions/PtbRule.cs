using System.Text.RegularExpressions;

namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>One kind of token: what it looks like, what must follow, and how it is written afterwards.</summary>
/// <remarks>Of all rules the one that sees most text wins, what must follow counted in; among equals the first.</remarks>
internal sealed class PtbRule
{
    private readonly string expression;
    private readonly RegexOptions options;
    private Regex? pattern;
    private readonly Func<string, string>? rewrite;
    private readonly Func<string, (string Text, int Length)>? shorten;

    /// <param name="token">The token, as a regular expression.</param>
    /// <param name="followed">What must follow; looked at, not taken.</param>
    /// <param name="rewrite">How the token is written, where not as it stands.</param>
    /// <param name="shorten">For rules that see more than they take: what is written and how many characters are taken.</param>
    /// <param name="anyCase">Whether upper and lower case are the same.</param>
    /// <param name="needs">Characters of which the run between blanks must hold one, or the rule does not apply; empty where it may apply to any.</param>
    public PtbRule(
        string token, string followed = "", Func<string, string>? rewrite = null, Func<string, (string Text, int Length)>? shorten = null, bool anyCase = false, string needs = "")
    {
        (this.rewrite, this.shorten, Needs) = (rewrite, shorten, needs);
        expression = $@"\G(?<token>{token}){followed}";
        options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | (anyCase ? RegexOptions.IgnoreCase : RegexOptions.None);
    }

    /// <summary>Characters of which the run between blanks must hold one; empty where the rule may apply to any.</summary>
    public string Needs { get; }

    /// <summary>Tries the rule at a place.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">The place.</param>
    /// <param name="seen">Characters that the rule sees; 0 where it does not apply.</param>
    /// <param name="taken">Characters of the token.</param>
    public bool Sees(string text, int at, out int seen, out int taken)
    {
        // Most captions need few of the rules, and building one takes longer than trying it.
        var match = (pattern ??= new Regex(expression, options)).Match(text, at);
        (seen, taken) = match.Success ? (match.Length, match.Groups["token"].Length) : (0, 0);
        return match.Success && taken > 0;
    }

    /// <summary>What is written for a token, and how much of the text it uses up.</summary>
    /// <param name="token">The token as it stands in the text.</param>
    public (string Text, int Length) Write(string token) => shorten?.Invoke(token) ?? (rewrite?.Invoke(token) ?? token, token.Length);
}
