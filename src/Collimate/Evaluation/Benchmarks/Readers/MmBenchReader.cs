using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Data.Records;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>MMBench: a table parted by tabs with the columns index, question, hint, A to D, answer, category, l2-category and image, the picture in base 64 or the index of the row that holds it.</summary>
/// <remarks>Rotated copies have the index of their question plus a multiple of a million. Where the file has none they are made: copy k begins with choice k.</remarks>
/// <param name="options">Which file, and whether rotations are asked.</param>
internal sealed class MmBenchReader(MmBenchReaderOptions options) : IBenchmarkReader
{
    private const long Rotation = 1_000_000;
    private const int LongestIndex = 20;

    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files)
    {
        var path = options.File is { } name ? files.Require(name) : Directory.GetFiles(files.Root, "*.tsv").Order(StringComparer.Ordinal).ToArray() is [var only] ? files.Note(only) : files.Require("mmbench_dev_en.tsv", "MMBench_DEV_EN.tsv", "mmbench_dev_20230712.tsv");
        var rows = Rows(path);
        var pictures = new Dictionary<long, ImageSource>();
        foreach (var row in rows.Where(row => row.Image.Length > LongestIndex))
        {
            pictures[row.Index] = Decode(row, path);
        }

        var isRotated = rows.Exists(row => row.Index >= Rotation);
        var asked = options.Circular ? isRotated ? rows : [.. rows.SelectMany(Rotations)] : rows.Where(row => row.Index < Rotation);
        return [.. asked.GroupBy(row => row.Index % Rotation).OrderBy(group => group.Key).SelectMany(group => group).Select(row => Item(row, pictures, path))];
    }

    private static BenchmarkItem Item(Row row, Dictionary<long, ImageSource> pictures, string path)
    {
        var where = $"{path}, index {row.Index}";
        var holder = row.Image.Length > LongestIndex ? row.Index : long.TryParse(row.Image, out var other) ? other : row.Index % Rotation;
        var picture = pictures.GetValueOrDefault(holder) ?? pictures.GetValueOrDefault(row.Index % Rotation) ?? throw new DataException(where, "it has no picture in base 64, nor the index of a row that has one", DataFault.Pictures);
        var fields = new Dictionary<string, string>
        {
            [BenchmarkPrompt.Question] = row.Hint.Length > 0 ? $"{row.Hint}\n{row.Question}" : row.Question,
            ["lines"] = string.Join('\n', row.Choices.Select((choice, at) => $"{(char)('A' + at)}. {choice}")),
        };
        return new BenchmarkItem($"{row.Index}", fields, [picture], new BenchmarkTruth { Answers = row.Answer.Length == 0 ? [] : [row.Answer], Choices = row.Choices, Group = $"{row.Index % Rotation}", Category = row.Category });
    }

    private static IEnumerable<Row> Rotations(Row row) => Enumerable.Range(0, row.Choices.Length).Select(k => k == 0 ? row : row with
    {
        Index = row.Index + (k * Rotation),
        Choices = [.. row.Choices[k..], .. row.Choices[..k]],
        Answer = row.Answer.Length == 0 ? "" : $"{(char)('A' + ((row.Answer[0] - 'A' - k + row.Choices.Length) % row.Choices.Length))}",
    });

    private static List<Row> Rows(string path)
    {
        var rows = new List<Row>();
        Dictionary<string, int>? columns = null;
        using var stream = File.OpenRead(path);
        TextLines.Read(stream, path, quoted: true, (line, _, text) =>
        {
            var where = $"{path}, line {line}";
            var fields = TableRow.Fields(text.Span, '\t', where);
            if (columns is null)
            {
                columns = fields.Index().ToDictionary(one => one.Item.Trim(), one => one.Index);
                if (((string[])["index", "question", "A", "B", "image"]).FirstOrDefault(name => !columns.ContainsKey(name)) is { } absent)
                {
                    throw new DataException(where, $"there is no column '{absent}'; the first line names the columns (found: {string.Join(", ", fields.Take(12))})", DataFault.Source);
                }

                return;
            }

            string Field(string name) => columns.TryGetValue(name, out var at) && at < fields.Count && fields[at] is var field && field != "nan" ? field : "";
            string[] choices = [.. ((string[])["A", "B", "C", "D"]).Select(Field).TakeWhile(choice => choice.Length > 0)];
            var answer = Field("answer").Trim();
            if (!long.TryParse(Field("index"), out var index) || choices.Length < 2 || (answer.Length > 0 && (answer.Length > 1 || answer[0] - 'A' is not (>= 0 and var right) || right >= choices.Length)))
            {
                throw new DataException(where, "expected a number as index, two to four choices from A on, and one of their letters as answer", DataFault.Record);
            }

            rows.Add(new Row(index, Field("question"), Field("hint"), choices, answer, Field("l2-category") is { Length: > 0 } category ? category : Field("category"), Field("image")));
        });
        return rows.Count > 0 ? rows : throw new DataException(path, "the table holds no questions", DataFault.Source);
    }

    private static ImageSource Decode(Row row, string path)
    {
        try
        {
            return ImageSource.FromBytes(Convert.FromBase64String(row.Image), $"{path}, index {row.Index}");
        }
        catch (FormatException)
        {
            throw new DataException($"{path}, index {row.Index}", "the picture is not in base 64", DataFault.Pictures);
        }
    }

    private sealed record Row(long Index, string Question, string Hint, string[] Choices, string Answer, string Category, string Image);
}

/// <summary>Options of <see cref="MmBenchReader"/>.</summary>
internal sealed record MmBenchReaderOptions
{
    /// <summary>The table; the only one in the folder where silent.</summary>
    public string? File { get; init; }

    /// <summary>Whether every rotation of the choices is asked.</summary>
    public bool Circular { get; init; }
}
