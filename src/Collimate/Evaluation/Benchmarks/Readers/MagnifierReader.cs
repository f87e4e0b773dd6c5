using System.Text.Json;
using System.Text.RegularExpressions;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Data.Records;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>MagnifierBench: <c>{"id", "instruction", "answer", "images"}</c>, a record a line or in one array; pictures as files or in base 64. Choices are read from the instruction, "A. …, B. …, C. …, D. …".</summary>
/// <param name="options">Which file.</param>
internal sealed partial class MagnifierReader(MagnifierReaderOptions options) : IBenchmarkReader
{
    private const int LongestName = 255;

    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files)
    {
        var path = files.Require(options.File, Path.ChangeExtension(options.File, ".jsonl"));
        BenchmarkItem Make(JsonElement record, string where) => Item(record, where, files);
        return Path.GetExtension(path) == ".jsonl" ? BenchmarkJson.EachLine(path, Make) : BenchmarkJson.Each(path, null, Make);
    }

    private static BenchmarkItem Item(JsonElement record, string where, BenchmarkFiles files)
    {
        var (question, answer) = (BenchmarkJson.Required(record, "instruction", where), BenchmarkJson.Required(record, "answer", where).Trim());
        var images = BenchmarkJson.Texts(record, "images", where);
        string[] choices = Choices().Match(question) is { Success: true } found ? [.. found.Groups.Values.Skip(1).Select(choice => choice.Value)] : ["A", "B", "C", "D"];
        return images.Length > 0 && answer is [>= 'A' and <= 'D', ..]
            ? new BenchmarkItem(
                BenchmarkJson.Required(record, "id", where), new Dictionary<string, string> { [BenchmarkPrompt.Question] = question }, [.. images.Select(image => Picture(image, where, files))],
                new BenchmarkTruth { Answers = [answer[..1]], Choices = choices, Category = images.Length > 1 ? "several pictures" : "one picture" })
            : throw new DataException(where, "expected at least one picture and A, B, C or D as answer", DataFault.Record);
    }

    private static ImageSource Picture(string image, string where, BenchmarkFiles files)
    {
        if (image.Length <= LongestName)
        {
            return files.Picture(where, image, $"images/{image}");
        }

        try
        {
            return ImageSource.FromBytes(Convert.FromBase64String(image), where);
        }
        catch (FormatException)
        {
            throw new DataException(where, "a picture is neither the name of a file nor in base 64", DataFault.Pictures);
        }
    }

    [GeneratedRegex(@"A\. (.+?),? B\. (.+?),? C\. (.+?),? D\. (.+)", RegexOptions.Singleline)]
    private static partial Regex Choices();
}

/// <summary>Options of <see cref="MagnifierReader"/>.</summary>
internal sealed record MagnifierReaderOptions
{
    /// <summary>The file of questions.</summary>
    public string File { get; init; } = "MagnifierBench.json";
}
