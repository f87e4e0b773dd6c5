using Collimate.Data;
using Collimate.Data.Scenes;
using Collimate.Recipes;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>The gym's scenes: generated where no folder is named, the same that <see cref="SceneEvaluation"/> asks about; else what <c>collimate scenes --format llava</c> wrote, of which kinds are not known.</summary>
/// <param name="options">Which scenes, how many.</param>
internal sealed class SceneReader(SceneReaderOptions options) : IBenchmarkReader
{
    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files) => files.IsGiven ? Written(files) : Drawn(files);

    private List<BenchmarkItem> Drawn(BenchmarkFiles files)
    {
        var items = new List<BenchmarkItem>();
        for (var index = 0; index < options.Scenes; index++)
        {
            var (scene, questions) = SceneEvaluation.Questions(SceneSampleSource.World, options.Split, options.Seed, index, options.QuestionsPerScene);
            var picture = SceneSamples.WithPicture(scene, []).Images[0];
            items.AddRange(questions.Select((question, at) => BenchmarkItem.Of(
                $"{scene.Id}/{at + 1}", question.Text, picture, new BenchmarkTruth { Answers = [question.Answer], Category = $"{question.Kind}", Group = scene.Id })));
        }

        files.Note("scenes", string.Join('\n', items.Select(item => $"{item.Id}\t{item.Fields[BenchmarkPrompt.Question]}\t{item.Truth.Answers[0]}")));
        return items;
    }

    private static List<BenchmarkItem> Written(BenchmarkFiles files)
    {
        var items = new List<BenchmarkItem>();
        BenchmarkJson.Each(files.Require("llava.json"), null, (record, where) =>
        {
            var (id, image) = (BenchmarkJson.Required(record, "id", where), BenchmarkJson.Required(record, "image", where));
            var picture = files.Picture(where, image);
            if (!record.TryGetProperty("conversations", out var turns) || turns.ValueKind != System.Text.Json.JsonValueKind.Array)
            {
                throw new DataException(where, "\"conversations\" is missing or no list", DataFault.Record);
            }

            foreach (var (at, exchange) in turns.EnumerateArray().Select(turn => BenchmarkJson.Required(turn, "value", where)).Chunk(2).Index())
            {
                if (exchange is [var question, var answer])
                {
                    items.Add(BenchmarkItem.Of($"{id}/{at + 1}", question, picture, new BenchmarkTruth { Answers = [answer], Category = "written", Group = id }));
                }
            }

            return true;
        });
        return items;
    }
}

/// <summary>Options of <see cref="SceneReader"/>.</summary>
internal sealed record SceneReaderOptions
{
    /// <summary>Which part of the world.</summary>
    public SceneSplit Split { get; init; } = SceneSplit.TestCompositions;

    /// <summary>How many scenes.</summary>
    [RecipeRange(1, 1_000_000)]
    public int Scenes { get; init; } = 200;

    /// <summary>Questions a scene.</summary>
    [RecipeRange(1, 64)]
    public int QuestionsPerScene { get; init; } = 8;

    /// <summary>Which scenes.</summary>
    public ulong Seed { get; init; } = 1;
}
