using System.Text.Json;
using Collimate.Data.Records;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>MM-Vet: <c>mm-vet.json</c>, an object from ids to <c>{"imagename", "question", "answer", "capability"}</c>, and pictures in <c>images</c>.</summary>
internal sealed class MmVetReader : IBenchmarkReader
{
    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files) => BenchmarkJson.EachEntry(files.Require("mm-vet.json"), (id, record, where) =>
    {
        var image = BenchmarkJson.Required(record, "imagename", where);
        var answer = record.TryGetProperty("answer", out var found) && found.ValueKind == JsonValueKind.String ? found.GetString()! : BenchmarkJson.Required(record, "answer", where);
        return BenchmarkItem.Of(
            id, BenchmarkJson.Required(record, "question", where), files.Picture(where, $"images/{image}", image),
            new BenchmarkTruth { Answers = [answer], Category = string.Join(',', RecordText.Texts(record, "capability") ?? []) });
    });
}
