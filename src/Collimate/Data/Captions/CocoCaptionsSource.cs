using System.Text.Json;
using Collimate.Data.Conversations;
using Collimate.Data.Records;

namespace Collimate.Data.Captions;

/// <summary>A file of captions as COCO publishes it as a source of training samples.</summary>
/// <remarks>
/// The form is <c>{"images": [{"id", "file_name"}], "annotations": [{"image_id", "caption"}]}</c>, the lists in any order. Pictures without a
/// caption are left out. Lin et al., "Microsoft COCO: Common Objects in Context" (2014).
/// </remarks>
public sealed class CocoCaptionsSource : CaptionSource
{
    private const string Form = "{\"images\": [{\"id\": …, \"file_name\": …}, …], \"annotations\": [{\"image_id\": …, \"caption\": …}, …]}";

    private readonly RecordFile file;
    private readonly PictureFiles pictures;
    private readonly (string Name, int[] Captions)[] entries; // a caption by its record's number in the file

    /// <summary>Opens a file and checks every record of it.</summary>
    /// <param name="options">Which file and which captions. Relative paths start from the current folder.</param>
    /// <param name="lenient">Whether a caption that cannot be used is a fault of the sample when it is drawn, and not of the file.</param>
    /// <exception cref="DataException">The file is absent, of another form or empty; or a record cannot be used, and the message names the first.</exception>
    public CocoCaptionsSource(CocoCaptionsOptions options, bool lenient = false)
        : base(options, "coco_captions")
    {
        var path = Path.GetFullPath(options.Path);
        var (names, captions) = (new List<(long Id, string Name)>(), new Dictionary<long, List<int>>());
        var faults = new FaultCount(lenient);
        file = RecordFile.Open(path, "file of COCO's captions", (stream, found) => JsonArrays.Read(stream, path, Form, (list, number, start, json) =>
        {
            if (list == "images")
            {
                names.Add(Picture(json, $"{path}: picture {number + 1}"));
            }
            else if (list == "annotations")
            {
                faults.Watch(() => Caption(json, $"{path}: caption {number + 1}"));
                if (ImageId(json, $"{path}: caption {number + 1}") is { } id)
                {
                    (captions.TryGetValue(id, out var of) ? of : captions[id] = []).Add(found.Count);
                    found.Add(start, json.Length);
                }
            }
        }));
        faults.Judge(file.Count, "captions");
        if (names.GroupBy(entry => entry.Id).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new DataException(path, $"the id {twice.Key} is given to {twice.Count()} pictures; ids must differ", DataFault.Source);
        }

        if (captions.Keys.Except(names.Select(entry => entry.Id)).Order().Take(1).ToArray() is [var orphan])
        {
            throw new DataException(path, $"a caption is of the picture {orphan}, which is not in 'images'; add the picture or take the caption out", DataFault.Source);
        }

        file.NotEmpty("captions under 'annotations'");
        pictures = new PictureFiles(options.ImageFolder, path);
        entries = [.. names.Where(entry => captions.ContainsKey(entry.Id)).Select(entry => (entry.Name, captions[entry.Id].ToArray()))];
        Found([.. entries.Select(entry => entry.Captions.Length)]);
    }

    /// <inheritdoc/>
    private protected override Sample Read(int picture, int caption)
    {
        var (name, captions) = entries[picture];
        var where = $"{file.Path}: picture '{name}', caption {caption + 1}";
        return Make($"{name}#{caption}", pictures.Find(name, where), Caption(file.Read(captions[caption]), where));
    }

    private static (long Id, string Name) Picture(ReadOnlyMemory<byte> json, string where) => RecordText.Parse(json, where, record =>
        Id(record, "id") is { } id && RecordText.Text(record, "file_name") is { Length: > 0 } name
            ? (id, name)
            : throw new DataException(where, $"it is {RecordText.Shown(record)}; expected {{\"id\": a whole number, \"file_name\": …}}", DataFault.Record));

    private static long? ImageId(ReadOnlyMemory<byte> json, string where) => RecordText.Parse(json, where, record => Id(record, "image_id"));

    private static string Caption(ReadOnlyMemory<byte> json, string where) => RecordText.Parse(json, where, record =>
        Id(record, "image_id") is not null && RecordText.Text(record, "caption")?.Trim() is { Length: > 0 } caption
            ? caption
            : throw new DataException(where, $"it is {RecordText.Shown(record)}; expected {{\"image_id\": a whole number, \"caption\": …}}", DataFault.NoAnswer));

    private static long? Id(JsonElement record, string key) =>
        record.ValueKind == JsonValueKind.Object && record.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var id) ? id : null;
}
