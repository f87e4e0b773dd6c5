using Collimate.Data;
using Collimate.Data.Records;

namespace Collimate.Evaluation.MultipleChoice;

/// <summary>
/// Reads MMLU as it is published (Hendrycks et al. 2021): folders <c>dev</c>, <c>val</c> and <c>test</c> with a file a subject, <c>SUBJECT_dev.csv</c> and so on, each
/// row a question, four answers and the letter of the right one, without a header.
/// </summary>
public static class MmluFiles
{
    private const int Choices = 4;
    private const string ExampleSplit = "dev";

    /// <summary>Reads all subjects of a split, in the order of their names.</summary>
    /// <param name="folder">The folder that holds <c>dev</c> and <c>test</c>, or one that holds it as <c>data</c>.</param>
    /// <param name="split"><c>test</c> or <c>val</c>.</param>
    /// <exception cref="DataException">The folder is not MMLU's, or a row is damaged.</exception>
    public static IReadOnlyList<MultipleChoiceSubject> Load(string folder, string split = "test")
    {
        folder = Path.GetFullPath(folder);
        var root = Directory.Exists(Path.Combine(folder, "data", split)) ? Path.Combine(folder, "data") : folder;
        var asked = Path.Combine(root, split);
        var files = Directory.Exists(asked) ? Directory.GetFiles(asked, $"*_{split}.csv").Order(StringComparer.Ordinal).ToArray() : [];
        return files.Length > 0
            ? [.. files.Select(file => Subject(root, file, split))]
            : throw new DataException(
                folder, $"no questions are here; expected {Path.Combine(split, $"SUBJECT_{split}.csv")} and {Path.Combine(ExampleSplit, $"SUBJECT_{ExampleSplit}.csv")} as in MMLU's archive (data.tar of https://github.com/hendrycks/test)", DataFault.Source);
    }

    private static MultipleChoiceSubject Subject(string root, string file, string split)
    {
        var name = Path.GetFileName(file)[..^$"_{split}.csv".Length];
        var examples = Path.Combine(root, ExampleSplit, $"{name}_{ExampleSplit}.csv");
        return new MultipleChoiceSubject(name, File.Exists(examples) ? Questions(examples) : [], Questions(file));
    }

    /// <summary>Reads the questions of a file.</summary>
    internal static IReadOnlyList<MultipleChoiceQuestion> Questions(string path)
    {
        var questions = new List<MultipleChoiceQuestion>();
        try
        {
            using var stream = File.OpenRead(path);
            TextLines.Read(stream, path, quoted: true, (line, _, text) => questions.Add(Question(TableRow.Fields(text.Span, ',', $"{path}, line {line}"), $"{path}, line {line}")));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the questions cannot be read: {failure.Message}", failure);
        }

        return questions.Count > 0 ? questions : throw new DataException(path, "the file holds no questions", DataFault.Source);
    }

    private static MultipleChoiceQuestion Question(List<string> fields, string where)
    {
        if (fields.Count != Choices + 2)
        {
            throw new DataException(where, $"there are {fields.Count} fields; expected {Choices + 2}: the question, {Choices} answers and the letter of the right one", DataFault.Record);
        }

        var answer = fields[^1].Trim();
        return answer is [>= 'A' and <= 'D' and var letter]
            ? new MultipleChoiceQuestion(fields[0], fields[1..^1], letter - 'A')
            : throw new DataException(where, $"the right answer is '{answer}'; expected A, B, C or D", DataFault.Record);
    }
}
