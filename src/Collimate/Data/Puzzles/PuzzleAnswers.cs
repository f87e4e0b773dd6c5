using System.Globalization;

namespace Collimate.Data.Puzzles;

/// <summary>Turns the text of an option into classes: what S_acc compares and a head learns.</summary>
public static class PuzzleAnswers
{
    /// <summary>How many values the answer of a sequence has; shorter ones are filled up.</summary>
    public const int SequenceSteps = 10;

    private const int LettersEnd = 26;
    private const int FiveEnd = 5;
    private const string Operators = "+-x/";

    /// <summary>The code that fills up a sequence of SMART-101; null where there is none, or where it follows from the file's largest value.</summary>
    internal static int? EndOf(int puzzle) => puzzle switch
    {
        16 or 39 or 100 => LettersEnd,
        18 or 35 => FiveEnd,
        _ => null,
    };

    /// <summary>The values of an option of SMART-101. Puzzle 63 is filled up by whoever knows its classes.</summary>
    /// <param name="puzzle">The puzzle.</param>
    /// <param name="text">The option as written.</param>
    /// <param name="option">Its number, 0 to 4: the value of an empty one.</param>
    /// <param name="icons">Names of icons, asked for where puzzle 1 needs them.</param>
    /// <returns>The values; null where the text is none that this puzzle has.</returns>
    internal static int[]? Published(int puzzle, string text, int option, Func<IReadOnlyList<string>> icons)
    {
        text = text.Trim();
        return puzzle switch
        {
            16 => Padded(Numbers(text.Replace("and", ",", StringComparison.Ordinal), ','), LettersEnd),
            18 => Padded(Numbers(text, '-'), FiveEnd),
            35 => Padded(Letters(text.Replace("and", ",", StringComparison.Ordinal).Replace(",", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal)), FiveEnd),
            39 or 100 => Padded(Letters(text), LettersEnd),
            63 => Numbers(text.Replace("and", ",", StringComparison.Ordinal).Replace("or", ",", StringComparison.Ordinal).Replace("only", "", StringComparison.Ordinal), ','),
            SmartFacts.OperatorPuzzle => Operator(text),
            SmartFacts.HourPuzzle => Hour(text),
            _ => Plain(puzzle, text, option, icons),
        };
    }

    /// <summary>The values of an option of a generated puzzle: a whole number, a letter, or a sequence (<c>3-1-2</c> or <c>BAC</c>).</summary>
    /// <param name="text">The option as written.</param>
    /// <param name="end">The code that fills up a sequence; null where the puzzle has one value.</param>
    internal static int[]? Generated(string text, int? end) =>
        end is { } fill ? Padded(text.Any(char.IsAsciiDigit) ? Numbers(text, '-') : Letters(text), fill)
            : Whole(text) is { } number ? [number]
            : Letters(text) is [var letter] ? [letter]
            : Whole(WithoutUnit(text)) is { } measured ? [measured] : null;

    /// <summary>Fills a sequence up to <see cref="SequenceSteps"/>; null where it is empty or longer.</summary>
    internal static int[]? Padded(int[]? values, int end) =>
        values is { Length: >= 1 and <= SequenceSteps } ? [.. values, .. Enumerable.Repeat(end, SequenceSteps - values.Length)] : null;

    private static int[]? Plain(int puzzle, string text, int option, Func<IReadOnlyList<string>> icons)
    {
        if (text.Length == 0)
        {
            return [option];
        }

        if (Whole(text) is { } number)
        {
            return [number];
        }

        if (text is [>= 'A' and var letter])
        {
            return [letter - 'A'];
        }

        var bare = WithoutUnit(text).Replace("Impossible", "0", StringComparison.Ordinal);
        if (puzzle == SmartFacts.IconPuzzle)
        {
            var (name, names) = (bare.Replace(' ', '_'), icons());
            var place = Enumerable.Range(0, names.Count).Where(k => names[k] == name || names[k] == name + "s").Select(k => (int?)k).FirstOrDefault();
            return place is { } line ? [line] : null;
        }

        return Whole(bare) is { } measured ? [measured] : null;
    }

    private static string WithoutUnit(string text)
    {
        foreach (var unit in (string[])[" hours", " hour", " cm", " km"])
        {
            text = text.Replace(unit, "", StringComparison.Ordinal);
        }

        return text;
    }

    // +2 is 12, although a comment of the authors' code says 2.
    private static int[]? Operator(string text) =>
        text.Length > 1 && Operators.IndexOf(text[0], StringComparison.Ordinal) is >= 0 and var sign && Whole(text[1..]) is >= 0 and var digit ? [((sign + 1) * 10) + digit] : null;

    // Noon becomes 24 and midnight 12, as in the authors' code.
    private static int[]? Hour(string text)
    {
        var hour = Whole(text.Replace(":00", "", StringComparison.Ordinal).Replace("AM", "", StringComparison.Ordinal).Replace("PM", "", StringComparison.Ordinal));
        return hour is { } value ? [text.Contains("PM", StringComparison.Ordinal) ? value + 12 : value] : null;
    }

    private static int[]? Numbers(string text, char separator)
    {
        var parts = text.Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Whole).ToArray();
        return parts.Contains(null) ? null : [.. parts.Select(part => part!.Value)];
    }

    private static int[]? Letters(string text) => text.Length > 0 && text.All(char.IsAsciiLetterUpper) ? [.. text.Select(letter => letter - 'A')] : null;

    private static int? Whole(string text) => int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
}
