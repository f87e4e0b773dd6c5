using System.Text.RegularExpressions;

namespace Collimate.Data.Puzzles;

/// <summary>How a puzzle is put to a model that speaks, and how its answer is read.</summary>
public static partial class PuzzleChat
{
    /// <summary>What follows the options.</summary>
    public const string Instruction = "Answer with the letter of the right option.";

    /// <summary>The question, a line an option (<c>A: …</c>), and what is asked for.</summary>
    /// <param name="instance">The puzzle.</param>
    /// <param name="instruction">What follows the options; nothing where empty.</param>
    public static string Ask(PuzzleInstance instance, string instruction = Instruction)
    {
        var lines = instance.Options.Select((option, at) => $"{LetterOf(at)}: {option}").Prepend(instance.Question);
        return string.Join('\n', instruction.Length == 0 ? lines : lines.Append(instruction));
    }

    /// <summary>The letter of an option.</summary>
    /// <param name="option">0 to 4.</param>
    public static string LetterOf(int option) => ((char)('A' + option)).ToString();

    /// <summary>
    /// The option that an answer names, looked for in this order: the answer is a letter and nothing else; it begins with a letter and a colon, full stop or bracket; it says
    /// which letter the answer or option is; it is an option's own text; one capital A to E stands alone in it, which no article can be taken for.
    /// </summary>
    /// <param name="answer">What the model said.</param>
    /// <param name="options">The options' texts.</param>
    /// <returns>0 to 4; null where it names none, or several.</returns>
    public static int? Option(string answer, IReadOnlyList<string> options)
    {
        var said = answer.Trim();
        foreach (var pattern in (Regex[])[Alone(), Leading(), Stated()])
        {
            if (pattern.Match(said) is { Success: true } match)
            {
                return char.ToUpperInvariant(match.Groups[1].Value[0]) - 'A';
            }
        }

        int[] same = [.. Enumerable.Range(0, options.Count).Where(at => string.Equals(options[at].Trim(), said.TrimEnd('.').Trim(), StringComparison.OrdinalIgnoreCase))];
        if (same.Length == 1)
        {
            return same[0];
        }

        string[] letters = [.. Single().Matches(said).Select(match => match.Value).Distinct()];
        return letters.Length == 1 ? letters[0][0] - 'A' : null;
    }

    [GeneratedRegex("""^["'(\[]*([A-Ea-e])["')\].:]*$""")]
    private static partial Regex Alone();

    [GeneratedRegex("""^["'(\[]*([A-E])[)\].:]+\s""")]
    private static partial Regex Leading();

    // "The answer is a cat" and "A cat" name no option, "A because ..." does; whoever says "B or C" has not chosen.
    [GeneratedRegex("""\b(?:answer|option|choice|letter)\b(?:\s+is)?\s*:?\s*["'(\[]*(A\b(?!\s+(?!because\b|since\b|as\b|is\b)[a-z])|[B-E]\b)(?!\s+or\b)""")]
    private static partial Regex Stated();

    [GeneratedRegex("""\b(?:A\b(?!\s+(?!or\b|and\b|because\b|since\b|as\b|is\b)[a-z])|[B-E]\b)(?!['’])""")]
    private static partial Regex Single();
}
