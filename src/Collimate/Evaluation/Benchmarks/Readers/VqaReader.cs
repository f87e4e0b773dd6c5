using Collimate.Data;
using Collimate.Data.Records;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>VQA: <c>v2_OpenEnded_mscoco_SPLIT_questions.json</c>, <c>v2_mscoco_SPLIT_annotations.json</c> where it is public, and COCO's pictures in a folder of the split's name.</summary>
/// <param name="options">Which split.</param>
internal sealed class VqaReader(VqaReaderOptions options) : IBenchmarkReader
{
    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files)
    {
        var questions = files.Require($"v2_OpenEnded_mscoco_{options.Split}_questions.json", $"v2_OpenEnded_mscoco_{options.Split}2014_questions.json");
        var pictures = options.Split.StartsWith("test", StringComparison.Ordinal) ? "test2015" : options.Split;
        var answers = files.Find($"v2_mscoco_{options.Split}_annotations.json") is { } path ? Annotations(path) : null;
        var items = BenchmarkJson.Each(questions, "questions", (record, where) =>
        {
            var (id, image) = (BenchmarkJson.Required(record, "question_id", where), BenchmarkJson.Required(record, "image_id", where));
            var name = $"COCO_{pictures}_{image.PadLeft(12, '0')}.jpg";
            var truth = answers is null ? new BenchmarkTruth() : answers.Remove(id, out var found) ? found : throw new DataException(where, $"question {id} has no annotation; check that both files are of the same split", DataFault.Record);
            return BenchmarkItem.Of(id, BenchmarkJson.Required(record, "question", where), files.Picture(where, $"{pictures}/{name}", $"images/{name}", name), truth);
        });
        return answers is null or { Count: 0 } ? items : throw new DataException(questions, $"there is no question {answers.Keys.First()}, which is annotated, nor {answers.Count - 1} others; check that both files are of the same split", DataFault.Source);
    }

    private static Dictionary<string, BenchmarkTruth> Annotations(string path)
    {
        var found = new Dictionary<string, BenchmarkTruth>();
        BenchmarkJson.Each(path, "annotations", (record, where) =>
        {
            var id = BenchmarkJson.Required(record, "question_id", where);
            var answers = BenchmarkJson.Answers(record, "answers", where);
            return answers.Count > 0 && found.TryAdd(id, new BenchmarkTruth { Answers = answers, Category = RecordText.Text(record, "question_type"), Kind = RecordText.Text(record, "answer_type") })
                ? true
                : throw new DataException(where, answers.Count == 0 ? $"question {id} has no answers" : $"question {id} is annotated twice", DataFault.Record);
        });
        return found;
    }
}

/// <summary>Options of <see cref="VqaReader"/>.</summary>
internal sealed record VqaReaderOptions
{
    /// <summary>The split as its files are called.</summary>
    public string Split { get; init; } = "val2014";
}
