using Collimate.Data;
using Collimate.Data.PathVqa;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>PathVQA, as <see cref="PathVqaSource"/> finds it in a folder. A question whose answer is yes or no is closed, any other open.</summary>
/// <param name="options">Which split.</param>
internal sealed class PathVqaReader(PathVqaReaderOptions options) : IBenchmarkReader
{
    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files)
    {
        var asked = new PathVqaOptions { Path = files.Root, Split = options.Split, Shuffle = false };
        files.Note(PathVqaFiles.Questions(asked));
        var source = new PathVqaSource(asked);
        return [.. Enumerable.Range(0, source.Count).Select(number =>
        {
            var sample = source.At(number);
            var answer = sample.Conversation[^1].Text;
            return BenchmarkItem.Of(
                $"{number + 1}", sample.Conversation[^2].Text, sample.Images[0],
                new BenchmarkTruth { Answers = [answer], Category = answer.Trim().TrimEnd('.').ToLowerInvariant() is "yes" or "no" ? "closed" : "open" });
        })];
    }
}

/// <summary>Options of <see cref="PathVqaReader"/>.</summary>
internal sealed record PathVqaReaderOptions
{
    /// <summary>The split as its file is called.</summary>
    public string Split { get; init; } = "test";
}
