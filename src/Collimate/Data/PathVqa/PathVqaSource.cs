using System.Text.Json;
using Collimate.Data.Captions;
using Collimate.Data.Conversations;
using Collimate.Data.Records;

namespace Collimate.Data.PathVqa;

/// <summary>Questions about pictures, a row each, as a source of training samples: PathVQA, and whatever is written down in the same columns.</summary>
/// <remarks>He et al., "PathVQA: 30000+ Questions for Medical Visual Question Answering" (2020). Its own files of questions are Python pickles, which are refused.</remarks>
public sealed class PathVqaSource : NumberedSource
{
    private readonly RecordFile file;
    private readonly PictureFiles pictures;
    private readonly string instruction;
    private readonly char separator;
    private readonly List<int> lines = [];
    private int[] columns = []; // of image, question and answer in a table

    /// <summary>Opens a file and checks every row of it.</summary>
    /// <param name="options">Which file or folder. Relative paths start from the current folder.</param>
    /// <param name="lenient">Whether a row that cannot be used is a fault of the sample when it is drawn, and not of the file.</param>
    /// <exception cref="DataException">The file is absent, of another form or empty; or a row cannot be used, and the message names the first.</exception>
    public PathVqaSource(PathVqaOptions options, bool lenient = false)
        : base(options.Seed, options.Shuffle, "path_vqa")
    {
        var path = PathVqaFiles.Questions(options);
        instruction = options.Instruction;
        separator = Path.GetExtension(path) switch { ".csv" => ',', ".tsv" => '\t', _ => '\0' };
        var faults = new FaultCount(lenient);
        file = RecordFile.Open(path, "file of questions", (stream, found) =>
        {
            void Add(long start, int line, ReadOnlyMemory<byte> text)
            {
                lines.Add(line);
                faults.Watch(() => Parse(text, found.Path, line));
                found.Add(start, text.Length);
            }

            if (Path.GetExtension(path) == ".json")
            {
                JsonArrays.Read(stream, path, null, (_, number, start, json) => Add(start, number + 1, json));
            }
            else
            {
                TextLines.Read(stream, path, separator != '\0', (line, start, text) =>
                {
                    if (separator == '\0' || columns.Length > 0)
                    {
                        Add(start, line, text);
                    }
                    else
                    {
                        columns = Columns(TableRow.Fields(text.Span, separator, $"{path}, line {line}"), $"{path}, line {line}");
                    }
                });
            }
        });
        lines.TrimExcess();
        faults.Judge(file.Count, "questions");
        file.NotEmpty("questions");
        pictures = new PictureFiles(PathVqaFiles.Pictures(options, path), path);
    }

    /// <summary>How many questions a pass has.</summary>
    public override int Count => file.Count;

    /// <inheritdoc/>
    protected override Sample Read(int number, long pass)
    {
        var row = Parse(file.Read(number), file.Path, lines[number]);
        var where = Where(file.Path, lines[number]);
        var asked = instruction.Length == 0 ? row.Question : $"{row.Question}\n{instruction}";
        return new Sample($"{row.Image}#{number + 1}", [pictures.Find(row.Image, where)], CaptionTurns.Of(asked, row.Answer));
    }

    private string Where(string path, int line) => Path.GetExtension(path) == ".json" ? $"{path}: record {line}" : $"{path}, line {line}";

    private Row Parse(ReadOnlyMemory<byte> text, string path, int line)
    {
        var where = Where(path, line);
        var row = separator == '\0'
            ? RecordText.Parse(text, where, record => new Row(RecordText.Text(record, "image") ?? "", RecordText.Text(record, "question") ?? "", Answer(record)))
            : FromTable(TableRow.Fields(text.Span, separator, where), where);
        row = new Row(row.Image.Trim(), row.Question.Trim(), row.Answer.Trim());
        if (row.Image.Length == 0)
        {
            throw new DataException(where, "there is no picture; expected its file's name under 'image'", DataFault.Pictures);
        }

        if (row.Question.Length == 0 || row.Answer.Length == 0)
        {
            var missing = row.Question.Length == 0 ? "question" : "answer";
            throw new DataException(where, $"there is no {missing}; expected text under '{missing}'", DataFault.NoAnswer);
        }

        return row.Question.Split(ConversationRenderer.ImageMarker).Length <= 2 ? row : throw new DataException(
            where, $"the question shows the picture more than once; write {ConversationRenderer.ImageMarker} once, or leave it out", DataFault.Pictures);
    }

    // Some answers are numbers.
    private static string Answer(JsonElement record) => RecordText.Name(record, "answer") ?? "";

    private Row FromTable(List<string> fields, string where) => fields.Count > columns.Max()
        ? new Row(fields[columns[0]], fields[columns[1]], fields[columns[2]])
        : throw new DataException(where, $"the row has {fields.Count} fields, where the columns image, question and answer need {columns.Max() + 1}; quote a field that holds a separator", DataFault.Record);

    private static int[] Columns(List<string> header, string where) => [.. ((string[])["image", "question", "answer"]).Select(name =>
        header.FindIndex(field => string.Equals(field.Trim(), name, StringComparison.OrdinalIgnoreCase)) is >= 0 and var column ? column : throw new DataException(
            where, $"there is no column '{name}'; the first line must name the columns image, question and answer (found: {string.Join(", ", header.Take(8))})", DataFault.Source))];

    private sealed record Row(string Image, string Question, string Answer);
}
