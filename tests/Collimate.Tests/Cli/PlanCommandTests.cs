using System.Text.Json;

namespace Collimate.Tests.Cli;

public sealed class PlanCommandTests : IDisposable
{
    private const string Recipe = """
        name: tiny plan
        model:
          connector: identity
          language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 64, vocabulary_size: 1024 }
        stages:
          - { name: only, learning_rates: { language: 1e-2 }, data: { type: scenes, content: blind, questions_per_scene: 2 }, steps: 4, batch_size: 4, pieces: 2, precision: fp32 }
        """;

    private readonly TemporaryFolder folder = new();

    public PlanCommandTests() => File.WriteAllText(folder["recipe.yaml"], Recipe);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Train_Plan_WritesTablesAndTrainsNothing()
    {
        var line = CommandLine.Run("train", folder["recipe.yaml"], "--plan", "--workers", "1", "--out", folder["run"]);

        Assert.Equal((0, ""), (line.Code, line.Error));
        Assert.Contains("tiny plan: ", line.Output, StringComparison.Ordinal);
        foreach (var word in (string[])["What learns", "optimizer state", "logits among them", "a piece, recomputed", "give or take", "pieces of the first batch", "Disk: up to"])
        {
            Assert.Contains(word, line.Output, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(folder["run"]));
    }

    [Fact]
    public void Train_PlanAsJson_HoldsTheSameAsNumbers()
    {
        var line = CommandLine.Run("train", folder["recipe.yaml"], "--plan", "--json", "--workers", "1", "--memory", "3MiB");

        Assert.Equal(0, line.Code);
        var plan = JsonDocument.Parse(line.Output).RootElement;
        var stage = plan.GetProperty("stages")[0];
        Assert.Equal((3 << 20, false), (plan.GetProperty("budget").GetInt64(), plan.GetProperty("fits").GetBoolean()));
        Assert.Equal(2, stage.GetProperty("microBatch").GetInt32());
        Assert.True(stage.GetProperty("memory").GetProperty("total").GetInt64() > 3 << 20);
        Assert.NotEmpty(stage.GetProperty("advice").EnumerateArray());
    }

    [Theory]
    [InlineData("--memory 3 apples: expected an amount of memory such as 16GiB", "--plan", "--memory", "3 apples")]
    [InlineData("--json writes a plan; add --plan", "--json")]
    public void Train_WrongWords_AreABadUse(string expected, params string[] words)
    {
        var line = CommandLine.Run(["train", folder["recipe.yaml"], .. words]);
        Assert.Equal(2, line.Code);
        Assert.Contains(expected, line.Error, StringComparison.Ordinal);
    }
}
