namespace Collimate.Data.PathVqa;

/// <summary>Finds the questions and the pictures of a PathVQA folder.</summary>
internal static class PathVqaFiles
{
    private static readonly string[] Endings = [".jsonl", ".json", ".csv", ".tsv"];

    /// <summary>The file with the questions.</summary>
    /// <param name="options">The file or folder, and the split.</param>
    /// <exception cref="DataException">There is none that can be read; the message says how to make one.</exception>
    internal static string Questions(PathVqaOptions options)
    {
        var path = Path.GetFullPath(options.Path);
        if (!Directory.Exists(path))
        {
            return Endings.Contains(Path.GetExtension(path)) ? path : throw Refusal(path);
        }

        var (split, names) = (options.Split, new List<string>());
        foreach (var folder in (string[])["", "qas", Path.Combine("qas", split), split])
        {
            foreach (var name in (string[])[split, $"{split}_vqa", $"{split}_qa"])
            {
                names.AddRange(Endings.Append(".pkl").Append(".parquet").Select(ending => Path.Combine(path, folder, name + ending)));
            }
        }

        // A file that can be read goes before one that cannot.
        return names.Where(File.Exists).OrderBy(name => !Endings.Contains(Path.GetExtension(name))).FirstOrDefault() switch
        {
            null => throw new DataException(
                path, $"there are no questions of the split '{split}' in this folder; expected {split}.jsonl, {split}.json, {split}.csv or {split}.tsv in it, in qas or in qas/{split}, with the columns image, question and answer", DataFault.Source),
            var found when Endings.Contains(Path.GetExtension(found)) => found,
            var other => throw Refusal(other),
        };
    }

    /// <summary>The folder of the pictures; null for that of the questions.</summary>
    internal static string? Pictures(PathVqaOptions options, string questions)
    {
        if (options.ImageFolder is not null)
        {
            return options.ImageFolder;
        }

        var given = Path.GetFullPath(options.Path);
        string[] roots = Directory.Exists(given) ? [given] : [Path.GetDirectoryName(questions)!];
        return roots.SelectMany(root => (string[])[Path.Combine(root, "images", options.Split), Path.Combine(root, "images")]).FirstOrDefault(Directory.Exists)
            ?? (Directory.Exists(given) ? given : null);
    }

    private static DataException Refusal(string path) => Path.GetExtension(path) switch
    {
        ".pkl" or ".pickle" => new(
            path,
            "this is a Python pickle, which may run any program when it is read, so it is not. Convert it where you trust it: "
            + $"python3 -c \"import json, pickle; json.dump(pickle.load(open('{Path.GetFileName(path)}', 'rb')), open('{Path.GetFileNameWithoutExtension(path)}.json', 'w'))\"",
            DataFault.Source),
        ".parquet" => new(
            path,
            "Parquet files are not read. Convert it: write its pictures to files, and a row {\"image\": FILE, \"question\": …, \"answer\": …} for each question to a .jsonl file",
            DataFault.Source),
        _ => new(path, $"expected a folder, or a file ending in {string.Join(", ", Endings)}, with the columns image, question and answer", DataFault.Source),
    };
}
