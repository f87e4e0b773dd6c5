namespace Collimate.Recipes;

/// <summary>Finds the word a person probably meant, for the "did you mean" of error messages.</summary>
public static class Spelling
{
    /// <summary>The known word nearest to a misspelt one.</summary>
    /// <param name="word">What was written.</param>
    /// <param name="known">The words that would have been right.</param>
    /// <returns>The nearest known word, or null where none is near enough to be worth suggesting.</returns>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        const int longest = 100; // nobody misspells a word of that length, and the distance is quadratic
        if (word.Length is 0 or > longest)
        {
            return null;
        }

        var plain = Plain(word);
        var limit = Math.Max(1, word.Length / 3);
        return known
            .Where(candidate => candidate.Length <= longest)
            .Select(candidate => (Word: candidate, Distance: Distance(plain, Plain(candidate))))
            .Where(candidate => candidate.Distance <= limit)
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Word, StringComparer.Ordinal)
            .Select(candidate => candidate.Word)
            .FirstOrDefault();
    }

    /// <summary>The sentence part that names the nearest word, ready to follow an error: <c>; did you mean 'mlp'?</c>.</summary>
    /// <param name="word">What was written.</param>
    /// <param name="known">The words that would have been right.</param>
    /// <returns>The suggestion, or a full stop where there is none.</returns>
    public static string Suggest(string word, IEnumerable<string> known) =>
        Nearest(word, known) is { } nearest ? $"; did you mean '{nearest}'?" : ".";

    // LearningRate, learningRate and learning-rate are all the same word to a person: compare without case and separators.
    private static string Plain(string word) =>
        string.Concat(word.Where(c => c is not ('-' or '_' or ' '))).ToLowerInvariant();

    /// <summary>The optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours cost 1.</summary>
    internal static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }

                var best = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    best = Math.Min(best, rows[i - 2, j - 2] + 1);
                }

                rows[i, j] = best;
            }
        }

        return rows[a.Length, b.Length];
    }
}
