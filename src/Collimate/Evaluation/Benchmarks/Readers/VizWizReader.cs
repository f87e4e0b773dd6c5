using Collimate.Data.Records;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>VizWiz: <c>SPLIT.json</c>, <c>[{"image", "question", "answers", "answer_type"}]</c>, and pictures in a folder of the split's name. The test set has no answers.</summary>
/// <param name="options">Which split.</param>
internal sealed class VizWizReader(VizWizReaderOptions options) : IBenchmarkReader
{
    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files) => BenchmarkJson.Each(files.Require($"{options.Split}.json", $"Annotations/{options.Split}.json", $"annotations/{options.Split}.json"), null, (record, where) =>
    {
        var (image, question) = (BenchmarkJson.Required(record, "image", where), BenchmarkJson.Required(record, "question", where));
        // Python's str.capitalize: the first letter large, all others small.
        var asked = options.Capitalize && question.Length > 0 ? char.ToUpperInvariant(question[0]) + question[1..].ToLowerInvariant() : question;
        return BenchmarkItem.Of(
            image, asked, files.Picture(where, $"{options.Split}/{image}", $"images/{image}", image), new BenchmarkTruth { Answers = BenchmarkJson.Answers(record, "answers", where), Kind = RecordText.Text(record, "answer_type") });
    });
}

/// <summary>Options of <see cref="VizWizReader"/>.</summary>
internal sealed record VizWizReaderOptions
{
    /// <summary>The split as its file is called.</summary>
    public string Split { get; init; } = "val";

    /// <summary>Whether a question begins with a capital and goes on in small letters, as in lmms-eval.</summary>
    public bool Capitalize { get; init; }
}
