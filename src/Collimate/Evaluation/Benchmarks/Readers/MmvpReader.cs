using Collimate.Data;
using Collimate.Data.Records;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>MMVP: <c>Questions.csv</c> with the columns Index, Question, Options and Correct Answer, pictures as <c>MMVP Images/INDEX.jpg</c>; two rows one after the other are a pair.</summary>
/// <param name="options">Which corrections.</param>
internal sealed class MmvpReader(MmvpReaderOptions options) : IBenchmarkReader
{
    private static readonly int[] Swapped = [99, 100, 279, 280];
    private static readonly int[] Lmms = [100, 280];

    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files)
    {
        var path = files.Require("Questions.csv", "questions/Questions.csv");
        var items = new List<BenchmarkItem>();
        int[]? columns = null;
        using var stream = File.OpenRead(path);
        TextLines.Read(stream, path, quoted: true, (line, _, text) =>
        {
            var where = $"{path}, line {line}";
            var fields = TableRow.Fields(text.Span, ',', where);
            if (columns is null)
            {
                columns = [.. ((string[])["Index", "Question", "Options", "Correct Answer"]).Select(name => fields.FindIndex(field => field.Trim() == name) is >= 0 and var at ? at : throw new DataException(
                    where, $"there is no column '{name}'", DataFault.Source))];
                return;
            }

            items.Add(fields.Count > columns.Max() ? Item(Array.ConvertAll(columns, column => fields[column]), where, files) : throw new DataException(where, $"there are {fields.Count} fields; quote a field that holds a comma", DataFault.Record));
        });
        return items.Count > 0 && items.Count % 2 == 0 ? items : throw new DataException(path, $"there are {items.Count} questions; expected pairs of them", DataFault.Source);
    }

    private BenchmarkItem Item(string[] fields, string where, BenchmarkFiles files)
    {
        var choices = Choices(fields[2]);
        var right = char.ToUpperInvariant(fields[3].Trim().Trim('(', ')').FirstOrDefault());
        if (!int.TryParse(fields[0], out var index) || index < 1 || choices is not [_, _] || right is not ('A' or 'B'))
        {
            throw new DataException(where, "expected a number from 1, a question, options as \"(a) Open (b) Closed\", and (a) or (b)", DataFault.Record);
        }

        var isMended = options.Errata switch { MmvpErrata.Swapped => Swapped.Contains(index), MmvpErrata.Lmms => Lmms.Contains(index), _ => false };
        right = isMended ? Mended(right, index) : right;
        return new BenchmarkItem(
            $"{index}", new Dictionary<string, string> { [BenchmarkPrompt.Question] = fields[1], ["options"] = fields[2] }, [files.Picture(where, $"MMVP Images/{index}.jpg", $"images/{index}.jpg")],
            new BenchmarkTruth { Answers = [$"{right}"], Choices = choices, Group = $"{(index + 1) / 2}" });
    }

    // Of a file that was mended already nothing changes: the right letters are known.
    private char Mended(char found, int index) => options.Errata == MmvpErrata.Lmms ? 'A' : index switch { 279 => 'B', 280 => 'A', _ => found == 'A' ? 'B' : 'A' };

    private static string[] Choices(string options)
    {
        var (first, second) = (options.IndexOf("(a)", StringComparison.OrdinalIgnoreCase), options.IndexOf("(b)", StringComparison.OrdinalIgnoreCase));
        return first >= 0 && second > first ? [options[(first + 3)..second].Trim(), options[(second + 3)..].Trim()] : [];
    }
}

/// <summary>Options of <see cref="MmvpReader"/>.</summary>
internal sealed record MmvpReaderOptions
{
    /// <summary>Which corrections of the published answers are made.</summary>
    public MmvpErrata Errata { get; init; } = MmvpErrata.None;
}

/// <summary>Corrections of MMVP's answers.</summary>
internal enum MmvpErrata
{
    /// <summary>None: the file as it was published.</summary>
    None,

    /// <summary>The answers of rows 99 and 100, and of 279 and 280, are exchanged (tsb0601/MMVP issues 14 and 30).</summary>
    Swapped,

    /// <summary>Rows 100 and 280 become A, the others stay: what lmms-eval does (EvolvingLMMs-Lab/lmms-eval pull request 1028).</summary>
    Lmms,
}
