using System.Security.Cryptography;
using System.Text;
using Collimate.Data;
using Collimate.Data.Scenes;

namespace Collimate.Semantics;

/// <summary>The words that patches may be labelled with; a word's number is its place in the list.</summary>
public sealed class WordList
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string[] words;

    private WordList(string[] words)
    {
        this.words = words;
        Hash = Convert.ToHexStringLower(SHA256.HashData(ToUtf8()));
    }

    /// <summary>The gym's own: the names of all objects, digits and letters, and the word for bare ground.</summary>
    public static WordList Scenes => new([.. SceneSampleSource.World.Items.Select(item => item.Name), SceneCaptions.EmptyWord]);

    /// <summary>How many words.</summary>
    public int Count => words.Length;

    /// <summary>SHA-256 of the words in their order, hexadecimal: labels of one list mean nothing in another.</summary>
    public string Hash { get; }

    /// <summary>A word by its number.</summary>
    public string this[int number] => words[number];

    /// <summary>Reads a list from a file, one word a line, such as 12dicts' <c>2of12.txt</c>.</summary>
    /// <param name="path">The file, in UTF-8; blanks around a word are left out.</param>
    /// <exception cref="DataException">The file is not UTF-8, is empty, or has a blank line or a word twice.</exception>
    public static WordList Load(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new DataException(path, $"the word list cannot be read: {problem.Message}");
        }

        return Of(Lines(path, bytes), path);
    }

    /// <summary>The words in UTF-8 with a line feed between them, which is what <see cref="Hash"/> is the hash of.</summary>
    internal byte[] ToUtf8() => Strict.GetBytes(string.Join('\n', words));

    /// <summary>Reads what <see cref="ToUtf8"/> made.</summary>
    internal static WordList FromUtf8(ReadOnlySpan<byte> text, string origin) => Of(Strict.GetString(text).Split('\n'), origin);

    /// <summary>Makes a list.</summary>
    /// <param name="words">The words.</param>
    /// <param name="origin">Where they come from, for messages.</param>
    /// <exception cref="DataException">There is none, or one is blank or there twice.</exception>
    public static WordList Of(IReadOnlyList<string> words, string origin = "the word list")
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var line = 0; line < words.Count; line++)
        {
            if (string.IsNullOrWhiteSpace(words[line]))
            {
                throw new DataException(origin, $"line {line + 1} is blank; a word list has one word a line, so take the line out");
            }

            if (!seen.TryAdd(words[line], line))
            {
                throw new DataException(origin, $"line {line + 1} repeats '{words[line]}' of line {seen[words[line]] + 1}; a word is to stand once");
            }
        }

        return words.Count > 0 ? new WordList([.. words]) : throw new DataException(origin, "the word list is empty; give one word a line");
    }

    private static string[] Lines(string path, byte[] bytes)
    {
        string text;
        try
        {
            text = Strict.GetString(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsSpan(Encoding.UTF8.Preamble.Length) : bytes);
        }
        catch (DecoderFallbackException problem)
        {
            throw new DataException(path, $"byte {problem.Index} is not UTF-8, which word lists are written in; convert the file first");
        }

        var lines = text.Split('\n');
        return [.. (lines[^1].Length == 0 ? lines.SkipLast(1) : lines).Select(line => line.Trim())];
    }
}
