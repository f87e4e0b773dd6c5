using System.IO.Compression;
using Collimate.Data;

namespace Collimate.Evaluation.Metrics.Captions.Meteor;

/// <summary>Phrases that mean the same, from METEOR's <c>paraphrase-en.gz</c>: a probability, a phrase and its paraphrase, a line each.</summary>
public sealed class ParaphraseTable
{
    private readonly Dictionary<string, List<string[]>> paraphrases = [];
    private int longest;

    private ParaphraseTable()
    {
    }

    /// <summary>Reads a table, packed or not.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">The file cannot be read, or ends amid an entry.</exception>
    public static ParaphraseTable Load(string path)
    {
        var table = new ParaphraseTable();
        try
        {
            using var file = File.OpenRead(path);
            using var stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : (Stream)file;
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is not null)
            {
                if (reader.ReadLine() is not { } phrase || reader.ReadLine() is not { } paraphrase)
                {
                    throw new DataException(path, "the paraphrase table ends amid an entry; expected three lines each: a probability, a phrase, its paraphrase");
                }

                table.Add(CaptionWords.Split(phrase), CaptionWords.Split(paraphrase));
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new DataException($"{path}: the paraphrase table cannot be read: {failure.Message}; expected METEOR's paraphrase-en.gz", failure);
        }

        return table;
    }

    private void Add(string[] phrase, string[] paraphrase)
    {
        var key = string.Join(' ', phrase);
        if (!paraphrases.TryGetValue(key, out var all))
        {
            paraphrases[key] = all = [];
        }

        all.Add(paraphrase);
        longest = Math.Max(longest, phrase.Length);
    }

    /// <summary>The paraphrases of the phrases that begin at a word.</summary>
    internal IEnumerable<(int Length, string[] Paraphrase)> At(string[] words, int start)
    {
        for (var length = 1; length <= longest && start + length <= words.Length; length++)
        {
            foreach (var paraphrase in paraphrases.GetValueOrDefault(string.Join(' ', words, start, length), []))
            {
                yield return (length, paraphrase);
            }
        }
    }
}
