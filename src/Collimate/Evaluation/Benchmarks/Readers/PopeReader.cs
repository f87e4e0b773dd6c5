using Collimate.Data;
using Collimate.Data.Records;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>POPE: a file a split, a record a line, <c>{"question_id", "image", "text", "label"}</c>.</summary>
/// <param name="options">Which splits.</param>
internal sealed class PopeReader(PopeReaderOptions options) : IBenchmarkReader
{
    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files) => [.. options.Splits.SelectMany(split => BenchmarkJson.EachLine(
        files.Require($"coco_pope_{split}.json", $"coco/coco_pope_{split}.json"), (record, where) =>
        {
            var (image, label) = (BenchmarkJson.Required(record, "image", where), BenchmarkJson.Required(record, "label", where).Trim().ToLowerInvariant());
            return label is "yes" or "no"
                ? BenchmarkItem.Of(
                    $"{split}/{BenchmarkJson.Required(record, "question_id", where)}", BenchmarkJson.Required(record, "text", where),
                    files.Picture(where, $"val2014/{image}", $"images/{image}", image), new BenchmarkTruth { Answers = [label], Category = split })
                : throw new DataException(where, $"the label is '{label}'; expected yes or no", DataFault.Record);
        }))];
}

/// <summary>Options of <see cref="PopeReader"/>.</summary>
internal sealed record PopeReaderOptions
{
    /// <summary>The splits.</summary>
    public IReadOnlyList<string> Splits { get; init; } = ["random", "popular", "adversarial"];
}
