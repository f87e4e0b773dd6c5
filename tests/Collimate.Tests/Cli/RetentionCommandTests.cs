using System.Text.Json;
using Collimate.Evaluation.Language;

namespace Collimate.Tests.Cli;

public sealed class RetentionCommandTests : IDisposable
{
    private const string Recipe = """
        name: tiny
        model:
          connector: identity
          language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 256, vocabulary_size: 1024 }
        retention: { texts: [held-out.txt], data: { type: scenes, content: blind, split: validation }, samples: 4, mmlu: mmlu, shots: 1 }
        stages:
          - name: only
            learning_rates: { language: 1e-2 }
            data: { type: scenes, content: blind, questions_per_scene: 2 }
            steps: 3
            batch_size: 4
            precision: fp32
        """;

    private readonly TemporaryFolder folder = new();

    public RetentionCommandTests()
    {
        Write("recipe.yaml", Recipe);
        Write("held-out.txt", string.Join(' ', Enumerable.Repeat("The apple lies left of the drum.", 30)));
        Write("mmlu/dev/virology_dev.csv", "How many drums?,one,two,three,four,A\n");
        Write("mmlu/test/virology_test.csv", "How many apples?,one,two,three,four,B\nAnd pears?,one,two,three,four,C\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Train_WithRetention_MeasuresBeforeAndAfterAsTheCommandDoes()
    {
        var target = Path.Combine(folder.Path, "run");
        Assert.Equal(0, CommandLine.Run("train", Path.Combine(folder.Path, "recipe.yaml"), "--out", target).Code);

        var kept = RetentionLog.Read(target);
        Assert.Equal([RetentionScore.Start, "only"], kept.Select(score => score.After));
        Assert.NotEqual(kept[0].AnswerPerplexity, kept[1].AnswerPerplexity);
        Assert.All(kept, score => Assert.InRange(score.TextPerplexity!.Value, 2, 5000));
        Assert.Contains(File.ReadLines(Path.Combine(target, "log.jsonl")), line => line.Contains("retention/bits_per_byte", StringComparison.Ordinal));

        var run = CommandLine.Run("retention", target, "--text", Path.Combine(folder.Path, "held-out.txt"), "--mmlu", Path.Combine(folder.Path, "mmlu"), "--shots", "1", "--json");
        Assert.Equal(0, run.Code);
        var score = JsonDocument.Parse(run.Output).RootElement[0];
        Assert.Equal(kept[1].TextPerplexity!.Value, score.GetProperty("textPerplexity").GetDouble(), 6);
        Assert.Equal(kept[1].MultipleChoice!.Value, score.GetProperty("multipleChoice").GetDouble());
        Assert.Equal(score.GetProperty("multipleChoice").GetDouble(), score.GetProperty("categories").GetProperty("other").GetDouble());

        var table = CommandLine.Run("retention", target, target, "--scenes");
        Assert.Equal(0, table.Code);
        Assert.Contains("answer perplexity", table.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("texts: [held-out.txt]", "texts: [absent.txt]", "absent.txt")]
    [InlineData("mmlu: mmlu", "mmlu: nowhere", "SUBJECT_test.csv")]
    [InlineData("texts: [held-out.txt], data: { type: scenes, content: blind, split: validation }, samples: 4, mmlu: mmlu, shots: 1", "samples: 4", "retention.texts")]
    [InlineData("content: blind, split: validation", "content: questions, split: validation", "picture")]
    public void Train_RetentionThatCannotBeMeasured_IsRefusedBeforeTraining(string text, string changed, string expected)
    {
        Write("recipe.yaml", Recipe.Replace(text, changed, StringComparison.Ordinal));
        var run = CommandLine.Run("train", Path.Combine(folder.Path, "recipe.yaml"), "--out", Path.Combine(folder.Path, "run"));
        Assert.NotEqual(0, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "run", "log.jsonl")));
    }

    [Theory]
    [InlineData("", "say what to measure")]
    [InlineData("--scenes --shots -1", "--shots -1")]
    [InlineData("--scenes --context 1", "--context 1")]
    public void Retention_BadOptions_SayWhatIsExpected(string options, string expected)
    {
        var run = CommandLine.Run(["retention", folder.Path, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.NotEqual(0, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    private void Write(string name, string content)
    {
        var path = Path.Combine(folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
