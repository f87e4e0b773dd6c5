using System.Text.Json;
using Collimate.Data.Puzzles;
using Collimate.Evaluation.Puzzles;
using Collimate.Reports;

namespace Collimate.Tests.Evaluation.Puzzles;

public sealed class PuzzleRecordTests : IDisposable
{
    private static readonly PuzzleKind[] Kinds = [new(2, PuzzleSkill.Path, PuzzleAnswerRule.Nearest, 6, 1), new(4, PuzzleSkill.Order, PuzzleAnswerRule.Nearest, 6, 1)];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Save_Record_HoldsEveryModelsFigures()
    {
        Record().Save(folder["puzzles.json"]);
        using var json = JsonDocument.Parse(File.ReadAllText(folder["puzzles.json"]));

        var models = json.RootElement.GetProperty("models");
        Assert.Equal(["reasoner", "uniform"], models.EnumerateArray().Select(model => model.GetProperty("name").GetString()));
        Assert.Equal(0.5, models[0].GetProperty("solutionAccuracy").GetDouble());
        Assert.Equal("path", models[0].GetProperty("skills")[0].GetProperty("skill").GetString());
        Assert.Equal(2, models[1].GetProperty("puzzles").GetArrayLength());
    }

    [Fact]
    public void Of_SeveralModels_ShowsThemSideBySide()
    {
        var html = PuzzlePage.Of(Record(), new Dictionary<int, string> { [2] = "<maze>" }).ToHtml();

        Assert.Contains("reasoner, O_acc", html);
        Assert.Contains("2 &lt;maze&gt;", html);
        Assert.Contains("<th scope=\"row\">path", html);
        Assert.DoesNotContain("<th scope=\"row\">order", html); // no class of its own
        Assert.Contains("100\u202F%", html);
        Assert.Contains("20\u202F%", html);
        Assert.Throws<ArgumentException>(() => PuzzlePage.Of(new PuzzleRecord("data", "instance", [])));
    }

    private static PuzzleRecord Record()
    {
        var score = new PuzzleScore(Kinds);
        score.Add(Instance(2), [1]);
        score.Add(Instance(4), [3]);
        return new PuzzleRecord("data", "instance", [new("reasoner", score.Summary), new("uniform", PuzzleBaselines.Uniform(Kinds, [Instance(2), Instance(4)]))]);
    }

    private static PuzzleInstance Instance(int puzzle) => new(puzzle, 0, "?", "p.png", ["1", "2", "3", "4", "5"], 0, [1], [[1], [2], [3], [4], [5]]);
}
