using System.Globalization;
using Collimate.Data;

namespace Collimate.Alignment.Reasoning;

/// <summary>Reads vectors of words from a text file as GloVe and word2vec write them: a word a line, then its numbers.</summary>
public static class WordVectors
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="width">How many numbers a word has.</param>
    /// <exception cref="DataException">The file is absent, or a line has another number of numbers, or something that is none.</exception>
    public static IReadOnlyDictionary<string, float[]> Load(string path, int width)
    {
        if (!File.Exists(path))
        {
            throw new DataException(path, "no such file; give question.vectors a text file with a word and its numbers a line, such as glove.6B.300d.txt");
        }

        var found = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var (at, line) in File.ReadLines(path).Index())
        {
            var parts = line.TrimEnd().Split(' ');
            if (at == 0 && parts.Length == 2)
            {
                continue; // word2vec's files begin with how many words and numbers there are
            }

            var vector = new float[width];
            var fits = parts.Length == width + 1;
            for (var k = 0; fits && k < width; k++)
            {
                fits = float.TryParse(parts[k + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out vector[k]) && float.IsFinite(vector[k]);
            }

            if (!fits)
            {
                throw new DataException($"{path}, line {at + 1}", $"expected a word and {width} numbers, found {parts.Length - 1} entries behind '{parts[0]}'; make question.width what the file has");
            }

            found.TryAdd(parts[0], vector);
        }

        return found;
    }
}
