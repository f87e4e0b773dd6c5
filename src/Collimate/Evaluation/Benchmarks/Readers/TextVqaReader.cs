using Collimate.Data;
using Collimate.Data.Records;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>TextVQA: <c>TextVQA_0.5.1_SPLIT.json</c>, pictures in <c>train_images</c>, and the words that Rosetta read, where the prompt shows them.</summary>
/// <param name="options">Which split, with or without words.</param>
internal sealed class TextVqaReader(TextVqaReaderOptions options) : IBenchmarkReader
{
    private const int People = 10;

    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files)
    {
        var words = options.Ocr ? Words(files.Require($"TextVQA_Rosetta_OCR_v0.2_{options.Split}.json")) : null;
        return BenchmarkJson.Each(files.Require($"TextVQA_0.5.1_{options.Split}.json"), "data", (record, where) =>
        {
            var image = BenchmarkJson.Required(record, "image_id", where);
            var answers = BenchmarkJson.Answers(record, "answers", where);
            if (answers.Count is not 0 and not People)
            {
                throw new DataException(where, $"there are {answers.Count} answers; TextVQA's accuracy is defined for {People}", DataFault.Record);
            }

            var fields = new Dictionary<string, string> { [BenchmarkPrompt.Question] = BenchmarkJson.Required(record, "question", where) };
            if (words is not null)
            {
                fields["ocr"] = words.TryGetValue(image, out var read) ? string.Join(", ", read) : throw new DataException(where, $"the file of words has none of picture {image}", DataFault.Record);
            }

            return new BenchmarkItem(
                BenchmarkJson.Required(record, "question_id", where), fields, [files.Picture(where, $"train_images/{image}.jpg", $"images/{image}.jpg", $"{image}.jpg")], new BenchmarkTruth { Answers = answers });
        });
    }

    private static Dictionary<string, string[]> Words(string path) =>
        BenchmarkJson.Each(path, "data", (record, where) => (Image: BenchmarkJson.Required(record, "image_id", where), Read: BenchmarkJson.Texts(record, "ocr_tokens", where)))
            .GroupBy(one => one.Image).ToDictionary(group => group.Key, group => group.First().Read);
}

/// <summary>Options of <see cref="TextVqaReader"/>.</summary>
internal sealed record TextVqaReaderOptions
{
    /// <summary>The split as its file is called.</summary>
    public string Split { get; init; } = "val";

    /// <summary>Whether the words that Rosetta read are there for the prompt, as <c>{ocr}</c>.</summary>
    public bool Ocr { get; init; }
}
