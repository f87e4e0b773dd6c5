using System.Text.Json;
using Collimate.Data;
using Collimate.Data.Records;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>COCO's, Flickr8k's and Flickr30k's captions in Karpathy's splits: every picture of a split with all its captions.</summary>
/// <param name="options">Which file and split.</param>
internal sealed class KarpathyReader(KarpathyReaderOptions options) : IBenchmarkReader
{
    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files)
    {
        var path = files.Require(options.File);
        BenchmarkItem[] items = [.. BenchmarkJson.Each(path, "images", (record, where) => RecordText.Text(record, "split") == options.Split ? Item(record, where, files) : null).OfType<BenchmarkItem>()];
        return items.Length > 0 ? items : throw new DataException(path, $"no picture is of the split '{options.Split}'", DataFault.Source);
    }

    private static BenchmarkItem Item(JsonElement record, string where, BenchmarkFiles files)
    {
        var (name, folder) = (BenchmarkJson.Required(record, "filename", where), RecordText.Text(record, "filepath") ?? "");
        var captions = record.TryGetProperty("sentences", out var sentences) && sentences.ValueKind == JsonValueKind.Array
            ? sentences.EnumerateArray().Select(sentence => BenchmarkJson.Required(sentence, "raw", where)).ToArray() : [];
        return captions.Length == 0
            ? throw new DataException(where, $"picture '{name}' has no captions; expected \"sentences\": [{{\"raw\": …}}]", DataFault.NoAnswer)
            : new BenchmarkItem(
                RecordText.Name(record, "cocoid") ?? RecordText.Name(record, "imgid") ?? name, new Dictionary<string, string> { [BenchmarkPrompt.Question] = "" },
                [files.Picture(where, Path.Combine(folder, name), $"images/{name}", name)], new BenchmarkTruth { Answers = captions });
    }
}

/// <summary>Options of <see cref="KarpathyReader"/>.</summary>
internal sealed record KarpathyReaderOptions
{
    /// <summary>The file of captions.</summary>
    public required string File { get; init; }

    /// <summary>The split.</summary>
    public string Split { get; init; } = "test";
}
