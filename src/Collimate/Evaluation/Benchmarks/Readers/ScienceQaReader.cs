using System.Text.Json;
using Collimate.Data;
using Collimate.Data.Records;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>ScienceQA's questions with a picture: <c>problems.json</c>, <c>pid_splits.json</c>, pictures as <c>SPLIT/ID/image.png</c>.</summary>
/// <param name="options">Which split.</param>
internal sealed class ScienceQaReader(ScienceQaReaderOptions options) : IBenchmarkReader
{
    private const int MostChoices = 5;

    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files)
    {
        var splits = BenchmarkJson.EachEntry(files.Require("pid_splits.json"), (name, list, where) => (Name: name, Ids: list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select(id => id.ToString()).ToArray() : []));
        var wanted = splits.FirstOrDefault(split => split.Name == options.Split).Ids
            ?? throw new DataException(files.Root, $"pid_splits.json has no split '{options.Split}'; it has {string.Join(", ", splits.Select(split => split.Name))}", DataFault.Source);
        var problems = new Dictionary<string, BenchmarkItem?>();
        var chosen = wanted.ToHashSet();
        BenchmarkJson.EachEntry(files.Require("problems.json"), (id, record, where) => chosen.Contains(id) ? problems[id] = Item(id, record, where, files) : null);
        return [.. wanted.Select(id => problems.TryGetValue(id, out var item) ? item : throw new DataException($"{files.Root}, problem {id}", "pid_splits.json names it and problems.json has none of this id", DataFault.Record)).OfType<BenchmarkItem>()];
    }

    private BenchmarkItem? Item(string id, JsonElement record, string where, BenchmarkFiles files)
    {
        if (RecordText.Text(record, "image") is not { Length: > 0 } image)
        {
            return null; // a question in words alone is not of the image set
        }

        var choices = BenchmarkJson.Texts(record, "choices", where);
        if (choices.Length is < 2 or > MostChoices || !record.TryGetProperty("answer", out var answer) || !answer.TryGetInt32(out var right) || right < 0 || right >= choices.Length)
        {
            throw new DataException(where, $"\"answer\" must be the number of a choice, from 0, and there must be 2 to {MostChoices} choices", DataFault.Record);
        }

        var hint = RecordText.Text(record, "hint") is { Length: > 0 } given ? given : "N/A";
        var fields = new Dictionary<string, string>
        {
            [BenchmarkPrompt.Question] = BenchmarkJson.Required(record, "question", where),
            ["context"] = hint,
            ["options"] = string.Join(' ', choices.Select((choice, at) => $"({(char)('A' + at)}) {choice}")),
            ["lines"] = string.Join('\n', choices.Select((choice, at) => $"{(char)('A' + at)}. {choice}")),
        };
        return new BenchmarkItem(
            id, fields, [files.Picture(where, $"{options.Split}/{id}/{image}", $"images/{options.Split}/{id}/{image}", $"{id}/{image}")],
            new BenchmarkTruth { Answers = [$"{(char)('A' + right)}"], Choices = choices, Category = RecordText.Text(record, "subject"), Kind = RecordText.Text(record, "grade") });
    }
}

/// <summary>Options of <see cref="ScienceQaReader"/>.</summary>
internal sealed record ScienceQaReaderOptions
{
    /// <summary>The split as <c>pid_splits.json</c> calls it.</summary>
    public string Split { get; init; } = "test";
}
