using System.Text.RegularExpressions;
using System.Xml.Linq;
using Collimate.Comparison;
using Collimate.Reports;
using Collimate.Tests.Evaluation;

namespace Collimate.Tests.Comparison;

/// <summary>The page and the figures of a comparison, of made-up runs.</summary>
public sealed class ComparisonPageTests
{
    private static readonly ComparisonCommands Commands = new(new ComparisonOptions { Folder = "runs/the gym", Seeds = 2, MaxSteps = 9, Changes = ["stages.a.steps=3"] }, ["a.yaml", "b.yaml"]);

    [Fact]
    public void Build_TwoRecipes_ShowsFiguresTestsDisagreementsAndCommands()
    {
        var page = Page(Two());

        Assert.Equal(["A", "B"], page.Descendants().Where(e => (string?)e.Attribute("class") == "headlines").Descendants("dt").Select(e => e.Value));
        Assert.Contains("+10.0", page.Value, StringComparison.Ordinal);
        Assert.Contains("./collimate compare a.yaml b.yaml --seeds 2 --scenes 300 --max-steps 9 --set stages.a.steps=3 --out 'runs/the gym'", page.Value, StringComparison.Ordinal);
        string[] sections = [.. page.Descendants("section").Select(section => section.Attribute("id")!.Value)];
        Assert.Equal(["result", "kinds", "answers", "learning", "losses", "alignment", "disagreements", "words", "cost", "again"], sections);
        var said = page.Descendants("section").Single(section => section.Attribute("id")!.Value == "disagreements");
        Assert.Contains("is it <big>?", said.Value, StringComparison.Ordinal);
        Assert.Contains("wrong: (nothing)", said.Value, StringComparison.Ordinal);
        Assert.Equal(2, page.Descendants("path").Count(path => (string?)path.Attribute("class") is "band s0"));
    }

    [Fact]
    public void Build_OldRunsWithoutAnswers_LeavesOutWhatIsNotKnown()
    {
        var page = Page(ComparisonTable.Of([[Result("a", 1, 0.5)], [Result("b", 1, 0.6)]]));

        Assert.DoesNotContain(page.Descendants("section"), section => section.Attribute("id")!.Value is "disagreements" or "words" or "orders" or "learning");
        Assert.DoesNotContain("NaN", page.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", page.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_TwoRecipesWithAnswers_TestsThemOverSeedsAndQuestions()
    {
        var second = Two().Rows[1];

        Assert.Equal(0.1, second.OverSeeds!.Mean, 1e-12);
        Assert.Equal((4, 2, 0), (second.OverAnswers!.Questions, second.OverAnswers.Gained, second.OverAnswers.Lost));
        Assert.Equal(0.5, second.OverAnswers.P, 1e-12);
        Assert.Null(Two().Rows[0].OverAnswers);
    }

    [Fact]
    public void Json_TwoRecipes_HasEveryFigureWithItsSpread()
    {
        using var folder = new TemporaryFolder();
        ComparisonJson.Save(Two(), Commands, folder["compare.json"]);

        var root = System.Text.Json.JsonDocument.Parse(File.ReadAllText(folder["compare.json"])).RootElement;
        var row = root.GetProperty("rows")[1];
        Assert.Equal(0.6, row.GetProperty("figures").GetProperty("compositions").GetProperty("mean").GetDouble(), 1e-12);
        Assert.Equal(ComparedFigure.All.Count, root.GetProperty("figures").EnumerateObject().Count());
        Assert.Equal(2, row.GetProperty("overAnswers").GetProperty("gained").GetInt32());
        Assert.Equal(2, row.GetProperty("runs").GetArrayLength());
    }

    [Fact]
    public void Of_RecipesOfOneName_AreToldApartByTheirFolders()
    {
        ComparedRecipe[] alike = [new("x", [Result("x", 1, 0.5)]) { Folder = "one" }, new("x", [Result("x", 1, 0.5)]) { Folder = "two" }];

        Assert.Equal(["x (one)", "x (two)"], ComparisonTable.Of(alike).Rows.Select(row => row.Name));
    }

    [Theory]
    [InlineData("LLaVA on scenes|SEA on scenes", "LLaVA|SEA")]
    [InlineData("one|two", "one|two")]
    [InlineData("same words|same words", "same|same")]
    [InlineData("alone on scenes", "alone on scenes")]
    public void Shortened_CommonEnd_IsLeftOut(string names, string expected) => Assert.Equal(expected.Split('|'), ComparisonPage.Shortened(names.Split('|')));

    private static XElement Page(ComparisonTable table) =>
        XElement.Parse(Regex.Replace(ComparisonPage.Build(table, Commands).ToHtml().Replace("<!DOCTYPE html>", "", StringComparison.Ordinal), @"<(img|col|meta)\b([^>]*)>", "<$1$2/>"));

    private static ComparisonTable Two()
    {
        var look = new RunLook { Words = [new WordsOfScene(0, 2, true, [new PatchWord("dog", "dog", 0.5, true), new PatchWord("cat", null, 0.25, false), new PatchWord("bus", "dog", 0.1, false), new PatchWord("sky", null, 0.1, true)])] };
        return ComparisonTable.Of(
        [
            new ComparedRecipe("A on scenes", [Result("A", 1, 0.4), Result("A", 2, 0.6)]) { Answers = Answers(false), Look = look },
            new ComparedRecipe("B on scenes", [Result("B", 1, 0.5), Result("B", 2, 0.7)]) { Answers = Answers(true), Look = look },
        ]);
    }

    private static Dictionary<int, IReadOnlyList<RunAnswer>> Answers(bool knows) => Enumerable.Range(1, 2).ToDictionary(seed => seed, _ => (IReadOnlyList<RunAnswer>)
    [
        new("compositions", 0, 0, "Existence", "is it <big>?", "yes", knows, knows ? "yes" : ""), new("compositions", 0, 1, "Count", "how many?", "2", true, "2"), new("blank", 0, 0, "Existence", "is it <big>?", "yes", false, null),
    ]);

    private static RunResult Result(string recipe, int seed, double accuracy) => new()
    {
        Recipe = recipe, Seed = seed, Seconds = 1, PeakMemory = 1 << 20, Samples = 1, Steps = 3, ValidationLoss = 1,
        Accuracy = new[] { "compositions", "unseen", "blank" }.ToDictionary(split => split, _ => (IReadOnlyDictionary<string, double>)new Dictionary<string, double> { ["Existence"] = accuracy, ["Sum"] = accuracy }),
        Losses = new Dictionary<string, IReadOnlyList<double>> { ["a"] = [3, double.NaN, 1.0 + seed] },
        Alignment = accuracy / 2, AlignmentReport = AlignmentSamples.Report(seed),
        Curves = recipe.Length == 1 && char.IsUpper(recipe[0]) ? new Dictionary<string, IReadOnlyList<CurvePoint>> { ["a"] = [new(1, 0.1), new(3, accuracy)] } : new Dictionary<string, IReadOnlyList<CurvePoint>>(),
    };
}
