using System.Globalization;
using System.Text;
using System.Xml;

namespace Collimate.Data.Scenes;

/// <summary>Reads the emoji's names and keywords (CLDR) and groups (<c>emoji-test.txt</c>) and makes the world's objects of the chosen ones.</summary>
internal static class UnicodeCatalogue
{
    private const char VariationSelector = '\uFE0F';

    /// <summary>An emoji as Unicode's files describe it.</summary>
    internal sealed record Entry(string CodePoints, string Name, string Category, IReadOnlyList<string> Keywords);

    /// <summary>The chosen emoji in the selection's order, checked.</summary>
    /// <exception cref="DataException">A file is missing or damaged, or a chosen emoji does not have the name or group it needs.</exception>
    internal static IReadOnlyList<Entry> Read(SceneSources sources)
    {
        var (names, keywords) = ReadAnnotations(sources.AnnotationsFile);
        var groups = ReadGroups(sources.EmojiTestFile);
        var entries = new List<Entry>();
        foreach (var codePoint in SceneSelection.CodePoints)
        {
            var key = char.ConvertFromUtf32(codePoint);
            if (!groups.TryGetValue(key, out var found) || !SceneSelection.CategoryOfSubgroup.TryGetValue(found.Subgroup, out var category))
            {
                throw new DataException(
                    $"{sources.EmojiTestFile}: no usable entry for U+{codePoint:X4}; found group '{found.Subgroup ?? "none"}'. " +
                    "Install Unicode 15 or later (Debian 12's package unicode-data).");
            }

            var name = OneWord(names.GetValueOrDefault(key, found.Name), found.Subgroup);
            if (!name.All(char.IsAsciiLetterLower) || name.Length < 2)
            {
                throw new DataException(
                    $"{sources.AnnotationsFile}: U+{codePoint:X4} is named '{name}', but the gym needs one lower-case word. " +
                    "The names of Debian 12's package unicode-cldr-core fit.");
            }

            entries.Add(new Entry(found.Qualified, name, category, keywords.GetValueOrDefault(key, [])));
        }

        RequireDistinct(entries, sources);
        return entries;
    }

    private static string OneWord(string name, string subgroup)
    {
        const string Face = " face";
        return subgroup.StartsWith("animal", StringComparison.Ordinal) && name.EndsWith(Face, StringComparison.Ordinal) ? name[..^Face.Length] : name;
    }

    private static void RequireDistinct(List<Entry> entries, SceneSources sources)
    {
        var taken = new HashSet<string>(entries.Select(entry => entry.Category).Concat(ScenePositions.Names).Concat(GlyphColours.Names));
        foreach (var entry in entries)
        {
            if (!taken.Add(entry.Name))
            {
                throw new DataException($"{sources.AnnotationsFile}: the name '{entry.Name}' stands for two things in the gym; names must be distinct");
            }
        }
    }

    private static (Dictionary<string, string> Names, Dictionary<string, IReadOnlyList<string>> Keywords) ReadAnnotations(string path)
    {
        var names = new Dictionary<string, string>();
        var keywords = new Dictionary<string, IReadOnlyList<string>>();
        using var stream = Open(path, "unicode-cldr-core");
        try
        {
            using var reader = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
            while (reader.ReadToFollowing("annotation"))
            {
                var key = reader.GetAttribute("cp")?.Replace(VariationSelector.ToString(), "", StringComparison.Ordinal);
                var isName = reader.GetAttribute("type") == "tts";
                var text = reader.ReadElementContentAsString();
                if (key is null)
                {
                    continue;
                }

                if (isName)
                {
                    names[key] = text.ToLowerInvariant();
                }
                else
                {
                    keywords[key] = text.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                }
            }
        }
        catch (XmlException damaged)
        {
            throw new DataException($"{path}: line {damaged.LineNumber}: not well-formed XML. Reinstall the Debian package unicode-cldr-core.", damaged);
        }

        return (names, keywords);
    }

    /// <summary>Lines such as <c>1F347 ; fully-qualified # 🍇 E0.6 grapes</c> under <c># subgroup: food-fruit</c>.</summary>
    private static Dictionary<string, (string Qualified, string Name, string Subgroup)> ReadGroups(string path)
    {
        var entries = new Dictionary<string, (string, string, string)>();
        var subgroup = "";
        using var reader = new StreamReader(Open(path, "unicode-data"), Encoding.UTF8);
        for (var (line, number) = (reader.ReadLine(), 1); line is not null; (line, number) = (reader.ReadLine(), number + 1))
        {
            const string Heading = "# subgroup:";
            if (line.StartsWith(Heading, StringComparison.Ordinal))
            {
                subgroup = line[Heading.Length..].Trim();
            }
            else if (line.Contains("; fully-qualified", StringComparison.Ordinal))
            {
                var comment = line[(line.IndexOf('#', StringComparison.Ordinal) + 1)..].Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
                if (comment.Length != 3)
                {
                    throw new DataException($"{path}: line {number}: expected '# emoji version name', found '{line}'. Reinstall the Debian package unicode-data.");
                }

                var qualified = Characters(line[..line.IndexOf(';', StringComparison.Ordinal)], path, number);
                entries[qualified.Replace(VariationSelector.ToString(), "", StringComparison.Ordinal)] = (qualified, comment[2].Trim().ToLowerInvariant(), subgroup);
            }
        }

        return entries;
    }

    private static string Characters(string codePoints, string path, int line)
    {
        var text = new StringBuilder();
        foreach (var hexadecimal in codePoints.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value) || !Rune.IsValid(value))
            {
                throw new DataException($"{path}: line {line}: '{hexadecimal}' is no code point. Reinstall the Debian package unicode-data.");
            }

            text.Append(new Rune(value).ToString());
        }

        return text.ToString();
    }

    private static FileStream Open(string path, string package)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"{path} is missing; the gym reads it. Install the Debian package {package} (apt-get install {package}).", missing);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path} cannot be read: {failure.Message}", failure);
        }
    }
}
