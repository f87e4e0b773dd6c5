using System.Text.Json;
using Collimate.Data.Records;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>GQA: <c>testdev_balanced_questions.json</c>, an object from ids to <c>{"imageId", "question", "answer", "types"}</c>, and pictures in <c>images</c>.</summary>
/// <param name="options">Which file.</param>
internal sealed class GqaReader(GqaReaderOptions options) : IBenchmarkReader
{
    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files) => BenchmarkJson.EachEntry(files.Require($"{options.Split}_questions.json", $"questions/{options.Split}_questions.json"), (id, record, where) =>
    {
        var image = BenchmarkJson.Required(record, "imageId", where);
        var types = record.TryGetProperty("types", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
        return BenchmarkItem.Of(
            id, BenchmarkJson.Required(record, "question", where), files.Picture(where, $"images/{image}.jpg", $"{image}.jpg"),
            new BenchmarkTruth { Answers = RecordText.Text(record, "answer") is { } answer ? [answer] : [], Category = RecordText.Text(types, "structural"), Kind = RecordText.Text(types, "semantic") });
    });
}

/// <summary>Options of <see cref="GqaReader"/>.</summary>
internal sealed record GqaReaderOptions
{
    /// <summary>The file's name before <c>_questions.json</c>.</summary>
    public string Split { get; init; } = "testdev_balanced";
}
