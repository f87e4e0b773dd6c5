using System.Buffers;

namespace Collimate.Evaluation.Metrics.Stemming;

/// <summary>The Snowball stemmer for English ("Porter 2") as METEOR 1.5 carries it.</summary>
/// <remarks>Source: snowballstem.org, algorithms/english, in its form of 2006: later forms know more exceptions (evening) and keep the doubled letter of short words (added, egging).</remarks>
public static class EnglishStemmer
{
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["skis"] = "ski", ["skies"] = "sky", ["dying"] = "die", ["lying"] = "lie", ["tying"] = "tie", ["idly"] = "idl", ["gently"] = "gentl", ["ugly"] = "ugli", ["early"] = "earli", ["only"] = "onli",
        ["singly"] = "singl", ["sky"] = "sky", ["news"] = "news", ["howe"] = "howe", ["atlas"] = "atlas", ["cosmos"] = "cosmos", ["bias"] = "bias", ["andes"] = "andes",
    };

    private static readonly SearchValues<char> Vowels = SearchValues.Create("aeiouy");

    private static readonly HashSet<string> Whole = ["inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"];

    // The longest ending decides, whether or not it may then be replaced.
    private static readonly (string End, string New)[] SecondStep =
    [
        ("ational", "ate"), ("fulness", "ful"), ("iveness", "ive"), ("ization", "ize"), ("ousness", "ous"), ("biliti", "ble"), ("lessli", "less"), ("tional", "tion"), ("alism", "al"), ("aliti", "al"),
        ("ation", "ate"), ("entli", "ent"), ("fulli", "ful"), ("iviti", "ive"), ("ousli", "ous"), ("abli", "able"), ("alli", "al"), ("anci", "ance"), ("ator", "ate"), ("enci", "ence"), ("izer", "ize"),
        ("bli", "ble"), ("ogi", "og"), ("li", ""),
    ];

    private static readonly (string End, string New)[] ThirdStep =
        [("ational", "ate"), ("tional", "tion"), ("alize", "al"), ("ative", ""), ("icate", "ic"), ("iciti", "ic"), ("ical", "ic"), ("ness", ""), ("ful", "")];

    private static readonly string[] FourthStep =
        ["ement", "able", "ance", "ence", "ible", "ment", "ant", "ate", "ent", "ion", "ism", "iti", "ive", "ize", "ous", "al", "er", "ic"];

    /// <summary>The stem of a word.</summary>
    /// <param name="word">The word in lower case.</param>
    public static string Stem(string word)
    {
        if (Exceptions.TryGetValue(word, out var known))
        {
            return known;
        }

        if (word.Length < 3)
        {
            return word;
        }

        var stem = MarkConsonantY(word[0] == '\'' ? word[1..] : word);
        var (first, second) = Regions(stem);
        stem = Plural(stem);
        if (!Whole.Contains(stem))
        {
            stem = YToI(Past(stem, first));
            stem = Replace(stem, SecondStep, first, second);
            stem = Replace(stem, ThirdStep, first, second);
            stem = Final(Fourth(stem, second), first, second);
        }

        return stem.Replace('Y', 'y');
    }

    private static string MarkConsonantY(string word)
    {
        var letters = word.ToCharArray();
        for (var at = 0; at < letters.Length; at++)
        {
            letters[at] = letters[at] == 'y' && (at == 0 || IsVowel(letters[at - 1])) ? 'Y' : letters[at];
        }

        return new string(letters);
    }

    // Where the parts begin in which endings may be taken off.
    private static (int First, int Second) Regions(string word)
    {
        var first = word.StartsWith("gener", StringComparison.Ordinal) || word.StartsWith("arsen", StringComparison.Ordinal) ? 5
            : word.StartsWith("commun", StringComparison.Ordinal) ? 6
            : AfterVowelAndConsonant(word, 0);
        return (first, AfterVowelAndConsonant(word, first));
    }

    private static int AfterVowelAndConsonant(string word, int from)
    {
        while (from < word.Length && !IsVowel(word[from]))
        {
            from++;
        }

        while (from < word.Length && IsVowel(word[from]))
        {
            from++;
        }

        return Math.Min(word.Length, from + 1);
    }

    private static string Plural(string word)
    {
        word = word.EndsWith("'s'", StringComparison.Ordinal) ? word[..^3] : word.EndsWith("'s", StringComparison.Ordinal) ? word[..^2] : word.EndsWith('\'') ? word[..^1] : word;
        if (word.EndsWith("sses", StringComparison.Ordinal))
        {
            return word[..^2];
        }

        if (word.EndsWith("ied", StringComparison.Ordinal) || word.EndsWith("ies", StringComparison.Ordinal))
        {
            return word[..^(word.Length > 4 ? 2 : 1)];
        }

        return word.Length < 2 || word[^1] != 's' || word[^2] is 'u' or 's' || !HasVowel(word.AsSpan()[..^2]) ? word : word[..^1];
    }

    private static string Past(string word, int first)
    {
        foreach (var end in (ReadOnlySpan<string>)["eedly", "ingly", "edly", "eed", "ing", "ed"])
        {
            if (!word.EndsWith(end, StringComparison.Ordinal))
            {
                continue;
            }

            var stem = word[..^end.Length];
            if (end is "eedly" or "eed")
            {
                return stem.Length >= first ? stem + "ee" : word;
            }

            if (!HasVowel(stem))
            {
                return word;
            }

            return stem.EndsWith("at", StringComparison.Ordinal) || stem.EndsWith("bl", StringComparison.Ordinal) || stem.EndsWith("iz", StringComparison.Ordinal) ? stem + 'e'
                : stem.Length > 1 && stem[^1] == stem[^2] && "bdfgmnprt".Contains(stem[^1], StringComparison.Ordinal) ? stem[..^1]
                : stem.Length == first && EndsShort(stem) ? stem + 'e'
                : stem;
        }

        return word;
    }

    private static string YToI(string word) => word.Length > 2 && word[^1] is 'y' or 'Y' && !IsVowel(word[^2]) ? word[..^1] + 'i' : word;

    private static string Replace(string word, (string End, string New)[] rules, int first, int second)
    {
        foreach (var (end, replacement) in rules)
        {
            if (!word.EndsWith(end, StringComparison.Ordinal))
            {
                continue;
            }

            var stem = word.Length - end.Length;
            var allowed = end switch
            {
                "ogi" => stem > 0 && word[stem - 1] == 'l',
                "li" => stem > 0 && "cdeghkmnrt".Contains(word[stem - 1], StringComparison.Ordinal),
                "ative" => stem >= second,
                _ => true,
            };
            return allowed && stem >= first ? word[..stem] + replacement : word;
        }

        return word;
    }

    private static string Fourth(string word, int second)
    {
        foreach (var end in FourthStep)
        {
            if (word.EndsWith(end, StringComparison.Ordinal))
            {
                var stem = word.Length - end.Length;
                return stem >= second && (end != "ion" || (stem > 0 && word[stem - 1] is 's' or 't')) ? word[..stem] : word;
            }
        }

        return word;
    }

    private static string Final(string word, int first, int second)
    {
        if (word.Length == 0)
        {
            return word;
        }

        var stem = word.Length - 1;
        return word[^1] switch
        {
            'e' when stem >= second || (stem >= first && !EndsShort(word.AsSpan()[..stem])) => word[..stem],
            'l' when stem >= second && stem > 0 && word[stem - 1] == 'l' => word[..stem],
            _ => word,
        };
    }

    private static bool IsVowel(char letter) => letter is 'a' or 'e' or 'i' or 'o' or 'u' or 'y';

    private static bool HasVowel(ReadOnlySpan<char> stem) => stem.ContainsAny(Vowels);

    private static bool EndsShort(ReadOnlySpan<char> stem) =>
        stem.Length == 2 ? IsVowel(stem[0]) && !IsVowel(stem[1])
        : stem.Length > 2 && !IsVowel(stem[^1]) && stem[^1] is not ('w' or 'x' or 'Y') && IsVowel(stem[^2]) && !IsVowel(stem[^3]);
}
