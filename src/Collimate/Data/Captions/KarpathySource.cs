using System.Text.Json;
using Collimate.Data.Conversations;
using Collimate.Data.Records;

namespace Collimate.Data.Captions;

/// <summary>COCO's, Flickr8k's or Flickr30k's captions in Karpathy's splits as a source of training samples.</summary>
/// <remarks>
/// The form is <c>{"images": [{"filepath", "filename", "split", "sentences": [{"raw"}]}], "dataset"}</c>; Flickr's files have no <c>filepath</c>.
/// Karpathy and Fei-Fei, "Deep Visual-Semantic Alignments for Generating Image Descriptions" (2015).
/// </remarks>
public sealed class KarpathySource : CaptionSource
{
    private const string Form = "{\"images\": [{\"filename\": …, \"split\": …, \"sentences\": [{\"raw\": …}, …]}, …]}";

    private readonly RecordFile file;
    private readonly PictureFiles pictures;

    /// <summary>Opens a file and checks every record of it.</summary>
    /// <param name="options">Which file, which split, which captions. Relative paths start from the current folder.</param>
    /// <param name="lenient">Whether a record that cannot be used is a fault of the sample when it is drawn, and not of the file.</param>
    /// <exception cref="DataException">The file is absent, of another form, or has nothing of the split; or a record cannot be used, and the message names the first.</exception>
    public KarpathySource(KarpathyOptions options, bool lenient = false)
        : base(options, "karpathy")
    {
        var path = Path.GetFullPath(options.Path);
        var (captions, splits, faults) = (new List<int>(), new SortedSet<string>(StringComparer.Ordinal), new FaultCount(lenient));
        file = RecordFile.Open(path, "file of Karpathy's splits", (stream, found) => JsonArrays.Read(stream, path, Form, (list, number, start, json) =>
        {
            if (list != "images")
            {
                return;
            }

            // What cannot be read is taken as wanted, so that it is noticed when it is drawn.
            var entry = faults.Watch(() => Parse(json, $"{path}: picture {number + 1}"));
            splits.Add(entry?.Split ?? options.Split);
            if (entry is null || options.Takes(entry.Split))
            {
                captions.Add(entry?.Captions.Length ?? 1);
                found.Add(start, json.Length);
            }
        }));
        faults.Judge(file.Count, "pictures");
        if (file.Count == 0 && splits.Count > 0)
        {
            throw new DataException(path, $"no picture is of the split '{options.Split}'; the file has {string.Join(", ", splits)}. Set split to one of them", DataFault.Source);
        }

        file.NotEmpty("pictures under 'images'");
        pictures = new PictureFiles(options.ImageFolder, path);
        Found(captions);
    }

    /// <inheritdoc/>
    private protected override Sample Read(int picture, int caption)
    {
        var entry = Parse(file.Read(picture), $"{file.Path}: picture {picture + 1} of the split");
        return Make($"{entry.Name}#{caption}", pictures.Find(entry.File, $"{file.Path}: picture '{entry.Name}'"), entry.Captions[caption]);
    }

    private static Entry Parse(ReadOnlyMemory<byte> json, string where) => RecordText.Parse(json, where, record =>
    {
        var name = RecordText.Text(record, "filename") is { Length: > 0 } given ? given : throw new DataException(
            where, "it has no 'filename'; expected the name of the picture's file", DataFault.Record);
        where = $"{where} ('{name}')";
        var split = RecordText.Text(record, "split") ?? throw new DataException(where, "it has no 'split'; expected train, restval, val or test", DataFault.Record);
        if (!record.TryGetProperty("sentences", out var sentences) || sentences.ValueKind != JsonValueKind.Array || sentences.GetArrayLength() == 0)
        {
            throw new DataException(where, "it has no list 'sentences'; expected [{\"raw\": …}, …]", DataFault.NoAnswer);
        }

        var captions = sentences.EnumerateArray().Select((sentence, k) => RecordText.Text(sentence, "raw")?.Trim() is { Length: > 0 } raw ? raw : throw new DataException(
            where, $"sentence {k + 1} has no text 'raw'; add it or take the sentence out", DataFault.NoAnswer)).ToArray();
        return new Entry(name, Path.Combine(RecordText.Text(record, "filepath") ?? "", name), split, captions);
    });

    private sealed record Entry(string Name, string File, string Split, string[] Captions);
}
