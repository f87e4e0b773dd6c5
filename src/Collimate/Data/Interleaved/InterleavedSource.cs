using System.Text.Json;
using Collimate.Data.Conversations;
using Collimate.Data.Records;

namespace Collimate.Data.Interleaved;

/// <summary>Documents in which texts and pictures take turns as a source of training samples: every text is learnt, from all that stands before it.</summary>
/// <remarks>
/// A document becomes a conversation in which the user shows pictures and the assistant says what follows them; a text at the beginning answers an empty turn.
/// Pictures after the last text are left out, as nothing can be learnt from them. The turns stay one text, whatever a stage says of packing.
/// </remarks>
public sealed class InterleavedSource : NumberedSource
{
    private readonly RecordFile file;
    private readonly PictureFiles pictures;
    private readonly List<int> lines = [];

    /// <summary>Opens a file and checks every document of it.</summary>
    /// <param name="options">Which file. Relative paths start from the current folder.</param>
    /// <param name="lenient">Whether a document that cannot be used is a fault of the sample when it is drawn, and not of the file.</param>
    /// <exception cref="DataException">The file is absent or empty; or a document cannot be used, and the message names the first.</exception>
    public InterleavedSource(InterleavedOptions options, bool lenient = false)
        : base(options.Seed, options.Shuffle, "interleaved")
    {
        var path = Path.GetFullPath(options.Path);
        var faults = new FaultCount(lenient);
        file = RecordFile.Open(path, "file of documents, one a line", (stream, found) => TextLines.Read(stream, path, quoted: false, (line, start, text) =>
        {
            faults.Watch(() => Parse(text, $"{path}, line {line}", line));
            lines.Add(line);
            found.Add(start, text.Length);
        }));
        lines.TrimExcess();
        faults.Judge(file.Count, "documents");
        file.NotEmpty("documents");
        pictures = new PictureFiles(options.ImageFolder, path);
    }

    /// <summary>How many documents a pass has.</summary>
    public override int Count => file.Count;

    /// <inheritdoc/>
    protected override Sample Read(int number, long pass)
    {
        var where = $"{file.Path}, line {lines[number]}";
        var document = Parse(file.Read(number), where, lines[number]);
        return new Sample(document.Id, [.. document.Pictures.Select(name => pictures.Find(name, where))], document.Turns) { IsOneText = true };
    }

    private static Document Parse(ReadOnlyMemory<byte> json, string where, int line) => RecordText.Parse(json, where, record =>
    {
        var parts = record;
        if (record.ValueKind == JsonValueKind.Object && !record.TryGetProperty("parts", out parts))
        {
            throw new DataException(where, "the document has no list 'parts'; expected {\"id\": …, \"parts\": [{\"text\": …}, {\"image\": …}, …]}", DataFault.Record);
        }

        if (parts.ValueKind != JsonValueKind.Array)
        {
            throw new DataException(where, $"the document is {RecordText.Shown(parts)}; expected a list [{{\"text\": …}}, {{\"image\": …}}, …]", DataFault.Record);
        }

        var (turns, shown, waiting) = (new List<Turn>(), new List<string>(), new List<string>());
        foreach (var (at, part) in parts.EnumerateArray().Index())
        {
            var (text, image) = (RecordText.Text(part, "text"), RecordText.Text(part, "image"));
            if ((text is null) == (image is null) || image is "")
            {
                throw new DataException(where, $"part {at + 1} is {RecordText.Shown(part)}; expected {{\"text\": …}} or {{\"image\": the picture's path}}", DataFault.Record);
            }

            if (image is not null)
            {
                waiting.Add(image);
            }
            else if (!string.IsNullOrWhiteSpace(text))
            {
                Say(turns, waiting, text);
                shown.AddRange(waiting);
                waiting.Clear();
            }
        }

        return turns.Count > 0
            ? new Document(RecordText.Name(record, "id") ?? $"line {line}", shown, turns)
            : throw new DataException(where, "the document has no text to learn from; add a text or take the line out", DataFault.NoAnswer);
    });

    // Two texts without a picture between them are one.
    private static void Say(List<Turn> turns, List<string> waiting, string text)
    {
        if (turns.Count > 0 && waiting.Count == 0)
        {
            turns[^1] = turns[^1] with { Text = $"{turns[^1].Text}\n{text}" };
            return;
        }

        turns.Add(new Turn("user", string.Concat(waiting.Select(_ => ConversationRenderer.ImageMarker))));
        turns.Add(new Turn("assistant", text));
    }

    private sealed record Document(string Id, List<string> Pictures, List<Turn> Turns);
}
