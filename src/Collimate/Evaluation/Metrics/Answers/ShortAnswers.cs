using System.Globalization;
using System.Text;

namespace Collimate.Evaluation.Metrics.Answers;

/// <summary>Measures of one short answer against what would be right: exact match, relaxed accuracy, token F1, ANLS.</summary>
public static class ShortAnswers
{
    /// <summary>Whether an answer is one of the right ones, apart from case and blanks around it.</summary>
    /// <param name="answer">The model's answer.</param>
    /// <param name="right">What would be right.</param>
    public static bool ExactMatch(string answer, IReadOnlyList<string> right) => right.Any(one => string.Equals(one.Trim(), answer.Trim(), StringComparison.OrdinalIgnoreCase));

    /// <summary>ChartQA's relaxed accuracy: numbers may be wrong by a twentieth, other answers must match.</summary>
    /// <remarks>Masry et al. 2022, lmms-eval: relaxed_correctness. "12 %" is 0.12; a right answer of 0 allows no deviation; a number that is not finite is no number.</remarks>
    /// <param name="answer">The model's answer.</param>
    /// <param name="right">What would be right.</param>
    /// <param name="tolerance">The share of the right number by which an answer may deviate.</param>
    public static bool Relaxed(string answer, string right, double tolerance = 0.05) =>
        Number(answer) is { } given && Number(right) is { } wanted && wanted != 0
            ? Math.Abs(given - wanted) / Math.Abs(wanted) <= tolerance
            : string.Equals(answer.Trim(), right.Trim(), StringComparison.OrdinalIgnoreCase);

    /// <summary>F1 of the words that an answer shares with the right one it shares most with, as SQuAD counts them.</summary>
    /// <remarks>Rajpurkar et al. 2016: lower case, no ASCII punctuation, no articles; words count as often as both sides have them.</remarks>
    /// <param name="answer">The model's answer.</param>
    /// <param name="right">What would be right.</param>
    /// <returns>0 to 1.</returns>
    public static double TokenF1(string answer, IReadOnlyList<string> right)
    {
        var given = Words(answer);
        return right.Select(one => TokenF1(given, Words(one))).DefaultIfEmpty(0).Max();
    }

    /// <summary>ANLS: one minus the edit distance as a share of the longer text, 0 below a half; the best over the right answers.</summary>
    /// <remarks>Biten et al. 2019, for DocVQA and ST-VQA: case and blanks around an answer do not count.</remarks>
    /// <param name="answer">The model's answer.</param>
    /// <param name="right">What would be right.</param>
    /// <param name="threshold">The likeness below which an answer is worth nothing.</param>
    /// <returns>0 to 1.</returns>
    public static double Anls(string answer, IReadOnlyList<string> right, double threshold = 0.5)
    {
        var given = answer.Trim().ToLowerInvariant();
        return right.Select(one => Likeness(given, one.Trim().ToLowerInvariant())).Select(likeness => likeness < threshold ? 0 : likeness).DefaultIfEmpty(0).Max();
    }

    private static double TokenF1(string[] given, string[] right)
    {
        if (given.Length == 0 || right.Length == 0)
        {
            return given.Length == right.Length ? 1 : 0;
        }

        var left = right.CountBy(word => word).ToDictionary(one => one.Key, one => one.Value);
        var common = given.Count(word => left.TryGetValue(word, out var count) && (left[word] = count - 1) >= 0);
        return 2.0 * common / (given.Length + right.Length);
    }

    private static string[] Words(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var letter in text.ToLowerInvariant().Where(letter => !(char.IsAscii(letter) && (char.IsPunctuation(letter) || char.IsSymbol(letter)))))
        {
            clean.Append(letter);
        }

        return [.. clean.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(word => word is not ("a" or "an" or "the"))];
    }

    private static double? Number(string text)
    {
        var trimmed = text.Trim();
        var share = trimmed.EndsWith('%');
        return double.TryParse(share ? trimmed[..^1].TrimEnd() : trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? share ? value / 100 : value : null;
    }

    private static double Likeness(string left, string right)
    {
        var longer = Math.Max(left.Length, right.Length);
        return longer == 0 ? 1 : 1 - (EditDistance(left, right) / (double)longer);
    }

    private static int EditDistance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var at = 1; at <= left.Length; at++)
        {
            var diagonal = row[0];
            row[0] = at;
            for (var other = 1; other <= right.Length; other++)
            {
                var above = row[other];
                row[other] = Math.Min(Math.Min(above, row[other - 1]) + 1, diagonal + (left[at - 1] == right[other - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
