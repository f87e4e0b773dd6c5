namespace Collimate.Evaluation.Metrics.Stemming;

/// <summary>Porter's stemmer of 1980 with the changes that NLTK makes to it, which rouge-score relies on.</summary>
/// <remarks>
/// nltk: PorterStemmer() in its default mode: a table of irregular words; flies become fli but dies die; y becomes i only after a consonant; -fulli and -alli are taken off as well.
/// </remarks>
public static class PorterStemmer
{
    private static readonly Dictionary<string, string> Irregular = new()
    {
        ["sky"] = "sky", ["skies"] = "sky", ["dying"] = "die", ["lying"] = "lie", ["tying"] = "tie", ["news"] = "news", ["innings"] = "inning", ["inning"] = "inning", ["outings"] = "outing",
        ["outing"] = "outing", ["cannings"] = "canning", ["canning"] = "canning", ["howe"] = "howe", ["proceed"] = "proceed", ["exceed"] = "exceed", ["succeed"] = "succeed",
    };

    private static readonly (string End, string New)[] SecondStep =
    [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"), ("fulli", "ful"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
        ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
    ];

    private static readonly (string End, string New)[] ThirdStep = [("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];

    private static readonly string[] FourthStep = ["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "sion", "tion", "ou", "ism", "ate", "iti", "ous", "ive", "ize"];

    /// <summary>The stem of a word.</summary>
    /// <param name="word">The word in lower case.</param>
    public static string Stem(string word)
    {
        if (Irregular.TryGetValue(word, out var known))
        {
            return known;
        }

        if (word.Length <= 2)
        {
            return word;
        }

        var stem = YToI(PastAndProgressive(Plural(word)));
        return Final(Fourth(Replace(Second(stem), ThirdStep)));
    }

    private static string Plural(string word) =>
        word.EndsWith("ies", StringComparison.Ordinal) ? word[..^(word.Length == 4 ? 1 : 2)]
        : word.EndsWith("sses", StringComparison.Ordinal) ? word[..^2]
        : word.EndsWith("ss", StringComparison.Ordinal) || word[^1] != 's' ? word
        : word[..^1];

    private static string PastAndProgressive(string word)
    {
        if (word.EndsWith("ied", StringComparison.Ordinal))
        {
            return word[..^(word.Length == 4 ? 1 : 2)];
        }

        if (word.EndsWith("eed", StringComparison.Ordinal))
        {
            return Measure(word.AsSpan()[..^3]) > 0 ? word[..^1] : word;
        }

        var cut = word.EndsWith("ed", StringComparison.Ordinal) ? 2 : word.EndsWith("ing", StringComparison.Ordinal) ? 3 : 0;
        if (cut == 0 || !HasVowel(word.AsSpan()[..^cut]))
        {
            return word;
        }

        var stem = word[..^cut];
        if (stem.EndsWith("at", StringComparison.Ordinal) || stem.EndsWith("bl", StringComparison.Ordinal) || stem.EndsWith("iz", StringComparison.Ordinal))
        {
            return stem + 'e';
        }

        return stem.Length > 1 && stem[^1] == stem[^2] && IsConsonant(stem, stem.Length - 1) ? (stem[^1] is 'l' or 's' or 'z' ? stem : stem[..^1])
            : Measure(stem) == 1 && EndsShort(stem) ? stem + 'e'
            : stem;
    }

    private static string YToI(string word) => word.Length > 2 && word[^1] == 'y' && IsConsonant(word, word.Length - 2) ? word[..^1] + 'i' : word;

    private static string Second(string word)
    {
        if (word.EndsWith("alli", StringComparison.Ordinal))
        {
            return Measure(word.AsSpan()[..^4]) > 0 ? Second(word[..^2]) : word;
        }

        if (word.EndsWith("logi", StringComparison.Ordinal))
        {
            return Measure(word.AsSpan()[..^3]) > 0 ? word[..^1] : word;
        }

        return Replace(word, SecondStep);
    }

    private static string Replace(string word, (string End, string New)[] rules)
    {
        foreach (var (end, replacement) in rules)
        {
            if (word.EndsWith(end, StringComparison.Ordinal))
            {
                return Measure(word.AsSpan()[..^end.Length]) > 0 ? word[..^end.Length] + replacement : word;
            }
        }

        return word;
    }

    private static string Fourth(string word)
    {
        foreach (var end in FourthStep)
        {
            if (word.EndsWith(end, StringComparison.Ordinal))
            {
                var cut = end is "sion" or "tion" ? 3 : end.Length;
                return Measure(word.AsSpan()[..^cut]) > 1 ? word[..^cut] : word;
            }
        }

        return word;
    }

    private static string Final(string word)
    {
        if (word.EndsWith('e'))
        {
            var stem = word[..^1];
            word = Measure(stem) is var measure && (measure > 1 || (measure == 1 && !EndsShort(stem))) ? stem : word;
        }

        return word.EndsWith("ll", StringComparison.Ordinal) && Measure(word.AsSpan()[..^1]) > 1 ? word[..^1] : word;
    }

    private static bool IsConsonant(ReadOnlySpan<char> word, int at) => word[at] switch
    {
        'a' or 'e' or 'i' or 'o' or 'u' => false,
        'y' => at == 0 || !IsConsonant(word, at - 1),
        _ => true,
    };

    private static bool HasVowel(ReadOnlySpan<char> stem)
    {
        for (var at = 0; at < stem.Length; at++)
        {
            if (!IsConsonant(stem, at))
            {
                return true;
            }
        }

        return false;
    }

    // How often a vowel is followed by a consonant.
    private static int Measure(ReadOnlySpan<char> stem)
    {
        var (measure, afterVowel) = (0, false);
        for (var at = 0; at < stem.Length; at++)
        {
            var consonant = stem[at] == 'y' ? at == 0 || afterVowel : IsConsonant(stem, at);
            measure += consonant && afterVowel ? 1 : 0;
            afterVowel = !consonant;
        }

        return measure;
    }

    // Consonant, vowel, consonant other than w, x and y; or a word of a vowel and a consonant.
    private static bool EndsShort(ReadOnlySpan<char> stem) => stem.Length switch
    {
        < 2 => false,
        2 => !IsConsonant(stem, 0) && IsConsonant(stem, 1),
        _ => IsConsonant(stem, stem.Length - 1) && !IsConsonant(stem, stem.Length - 2) && IsConsonant(stem, stem.Length - 3) && stem[^1] is not ('w' or 'x' or 'y'),
    };
}
