using System.Text.Json;
using Collimate.Comparison;
using Collimate.Data;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Tests.Cli;

namespace Collimate.Tests.Comparison;

/// <summary>What a comparison keeps, reads again, and refuses.</summary>
public sealed class ComparisonFilesTests
{
    private const string Recipe = """
        name: one
        model:
          connector: identity
          language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 160, vocabulary_size: 1024 }
        stages:
          - name: first
            learning_rates: { language: 1e-2 }
            data: { type: scenes, content: blind, questions_per_scene: 2, seed: 30 }
            steps: 30
            batch_size: 4
            precision: fp32
          - name: second
            learning_rates: { language: 1e-2 }
            data: { type: scenes, content: blind, questions_per_scene: 2, seed: 31 }
            steps: 10
            batch_size: 4
            precision: fp32
        """;

    [Fact]
    public void Answers_SavedAndLoaded_AreTheSame()
    {
        using var folder = new TemporaryFolder();
        RunAnswer[] answers = [new("compositions", 3, 1, "Count", "how many \"dogs\"?", "2", false, "three"), new("blank", 0, 0, "Existence", "is there a café?", "no", true, null)];
        RunAnswer.Save(folder.Path, answers);

        Assert.Equal(answers, RunAnswer.Load(folder.Path));
        Assert.Empty(RunAnswer.Load(Directory.CreateDirectory(folder["older"]).FullName));
        File.AppendAllText(folder[RunAnswer.FileName], "{\"split\": 1}\n");
        Assert.Contains("line 3", Assert.Throws<DataException>(() => RunAnswer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"recipe\":\"a\"")]
    public void Result_OfSomethingElse_IsRefusedWithItsPath(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["result.json"], text);

        var refusal = Assert.Throws<DataException>(() => RunResult.Load(folder["result.json"]));

        Assert.Contains("result.json", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("delete the folder", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Result_OfAnOlderVersion_IsRead()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["result.json"], """
            {"recipe":"a","seed":1,"seconds":2,"peakMemory":3,"samples":4,"steps":5,"validationLoss":"NaN","accuracy":{"compositions":{"Count":0.5}},"losses":{"s":[1,"NaN"]}}
            """);

        var result = RunResult.Load(folder["result.json"]);

        Assert.Equal((0.5, 0, true), (result.Mean("compositions"), result.Curves.Count, result.Settings is null));
    }

    [Fact]
    public void Settings_OtherThanThen_AreNamed()
    {
        var then = new RunSettings(300, null, 2.5, "abc");

        Assert.Null(then.Difference(then with { }));
        Assert.Equal("--scenes was 300 then and is 20 now", then.Difference(then with { Scenes = 20 }));
        Assert.Equal("--time-budget was 2.5 then and is not given now", then.Difference(then with { TimeBudget = null }));
        Assert.Contains("recipe", then.Difference(then with { Recipe = "abd" }), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_RecipeChanged_HaveAnotherHash()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["one.yaml"], Recipe);
        File.WriteAllText(folder["copy.yaml"], "# a remark\n" + Recipe);
        var options = new ComparisonOptions { Folder = folder.Path };

        Assert.Equal(RunSettings.Of(folder["one.yaml"], options), RunSettings.Of(folder["copy.yaml"], options));
        Assert.NotEqual(RunSettings.Of(folder["one.yaml"], options), RunSettings.Of(folder["one.yaml"], options with { Changes = ["stages.first.batch_size=8"] }));
    }

    [Fact]
    public void Budget_Divided_KeepsTheStagesInProportion()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["one.yaml"], Recipe);

        // 30 steps of 2 s and 10 of 6 s are two minutes; one minute is half of each.
        var budget = TimeBudget.Divide(1, new Dictionary<string, long> { ["first"] = 30, ["second"] = 10 }, new Dictionary<string, double> { ["first"] = 2, ["second"] = 6 });

        Assert.Equal(0.5, budget.Factor, 1e-12);
        Assert.Equal(["stages.first.steps=15", "stages.second.steps=5"], budget.Changes(RecipeDocument.Load(folder["one.yaml"]).Bind<Recipe>()));
        Assert.Equal(1, TimeBudget.Divide(1e-9, new Dictionary<string, long> { ["s"] = 5 }, new Dictionary<string, double> { ["s"] = 1 }).Steps["s"]);
    }

    [Fact]
    public void Budget_TwoRunsAtOnce_TrainAsManyStepsAsTheTimeHolds()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["one.yaml"], Recipe);
        string[] arguments = ["compare", folder["one.yaml"], "--seeds", "2", "--scenes", "4", "--workers", "1", "--time-budget", "0.0005", "--parallel", "2", "--out", folder["out"]];

        var run = CommandLine.Run(arguments);

        Assert.True(run.Code == 0, run.Error);
        var budget = TimeBudget.Load(folder[Path.Combine("out", "one")])!;
        var results = Enumerable.Range(1, 2).Select(seed => RunResult.Load(folder[Path.Combine("out", "one", $"seed-{seed}", RunResult.FileName)])).ToArray();
        Assert.All(results, result => Assert.Equal(budget.Steps, result.Losses.ToDictionary(stage => stage.Key, stage => (long)stage.Value.Count)));
        Assert.All(results, result => Assert.Equal(0.0005, result.Settings!.TimeBudget));
        Assert.True(File.Exists(folder[Path.Combine("out", "one", "seed-1", "run.log")]));
        var other = CommandLine.Run([.. arguments.Select(word => word == "0.0005" ? "1" : word)]);
        Assert.Equal(2, other.Code);
        Assert.Contains("--time-budget was 0.0005 then and is 1 now", other.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--time-budget", "0")]
    [InlineData("--parallel", "0")]
    [InlineData("--seeds", "0")]
    public void Compare_NonsenseNumbers_AreRefused(string option, string value)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["one.yaml"], Recipe);

        var run = CommandLine.Run(["compare", folder["one.yaml"], option, value, "--out", folder["out"]]);

        Assert.Equal(2, run.Code);
        Assert.Contains(option, run.Error, StringComparison.Ordinal);
    }
}
