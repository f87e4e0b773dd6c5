using System.Globalization;
using Collimate.Data;

namespace Collimate.Evaluation.Metrics.Captions.Meteor;

/// <summary>Which words share a meaning, by WordNet's database files: Debian's package <c>wordnet-base</c> puts them into <c>/usr/share/wordnet</c>.</summary>
/// <remarks>Miller 1995. Words match over all parts of speech; an inflected word by the exceptions files, else by the first of WordNet's endings whose base form exists.</remarks>
public sealed class WordNetSynonyms
{
    /// <summary>Where Debian and its kin keep WordNet.</summary>
    public const string DefaultFolder = "/usr/share/wordnet";

    private static readonly string[] Parts = ["noun", "verb", "adj", "adv"];

    private static readonly (string End, string Base)[] Endings =
    [
        ("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"), ("ies", "y"),
        ("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""),
        ("er", ""), ("est", ""), ("er", "e"), ("est", "e"),
    ];

    private readonly Dictionary<string, int[]> meanings = [];
    private readonly Dictionary<string, List<string>> bases = [];

    private WordNetSynonyms()
    {
    }

    /// <summary>Reads the index and exception files of a WordNet folder.</summary>
    /// <param name="folder">The folder that holds <c>index.noun</c> and its kin.</param>
    /// <exception cref="DataException">A file is missing or damaged.</exception>
    public static WordNetSynonyms Load(string folder)
    {
        var result = new WordNetSynonyms();
        for (var part = 0; part < Parts.Length; part++)
        {
            var speech = part;
            Read(Path.Combine(folder, $"index.{Parts[part]}"), line => result.AddMeanings(line, speech));
            Read(Path.Combine(folder, $"{Parts[part]}.exc"), line => result.AddBases(line));
        }

        return result;
    }

    /// <summary>Whether a folder holds WordNet.</summary>
    /// <param name="folder">The folder.</param>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, "index.noun"));

    /// <summary>The numbers of a word's meanings, its base forms' included.</summary>
    /// <param name="word">The word in lower case.</param>
    public IReadOnlySet<int> Of(string word)
    {
        var all = new HashSet<int>(meanings.GetValueOrDefault(word, []));
        if (bases.TryGetValue(word, out var known))
        {
            all.UnionWith(known.SelectMany(one => meanings.GetValueOrDefault(one, [])));
        }
        else
        {
            all.UnionWith(meanings.GetValueOrDefault(BaseOf(word), []));
        }

        return all;
    }

    private string BaseOf(string word)
    {
        if (word.EndsWith("ss", StringComparison.Ordinal) || word.Length <= 2)
        {
            return word;
        }

        foreach (var (end, replacement) in Endings)
        {
            if (word.EndsWith(end, StringComparison.Ordinal) && word[..^end.Length] + replacement is var form && meanings.ContainsKey(form))
            {
                return form;
            }
        }

        return "";
    }

    // lemma pos synsets pointers [symbols] senses tagged offsets
    private void AddMeanings(string line, int part)
    {
        if (line.StartsWith(' '))
        {
            return; // the licence at the head of the file
        }

        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var count = int.Parse(fields[2], CultureInfo.InvariantCulture);
        int[] offsets = [.. fields[^count..].Select(field => (int.Parse(field, CultureInfo.InvariantCulture) * Parts.Length) + part)];
        meanings[fields[0]] = meanings.TryGetValue(fields[0], out var before) ? [.. before, .. offsets] : offsets;
    }

    private void AddBases(string line)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (!bases.TryGetValue(fields[0], out var forms))
        {
            bases[fields[0]] = forms = [];
        }

        forms.AddRange(fields[1..]);
    }

    private static void Read(string path, Action<string> add)
    {
        var number = 0;
        try
        {
            foreach (var line in File.ReadLines(path))
            {
                number++;
                if (line.Length > 0)
                {
                    add(line);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: WordNet cannot be read: {failure.Message}; expected the database files of WordNet 3.0, as the package wordnet-base installs them", failure);
        }
        catch (Exception failure) when (failure is FormatException or OverflowException or IndexOutOfRangeException or ArgumentException)
        {
            throw new DataException($"{path}, line {number}: this is no line of WordNet's database; install the package wordnet-base again or name another folder", failure);
        }
    }
}
