using System.Text.Json;

namespace Collimate.Tests.Cli;

public sealed class ScoreCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Run_Captions_WritesCocosFigures()
    {
        var captions = GoldenFiles.Require("caption-metrics/tricky/candidates.json");
        var references = GoldenFiles.Require("caption-metrics/tricky/references.json");

        var run = CommandLine.Run("score", captions, references, "--metrics", "bleu,rouge_l,cider_d,meteor", "--each", "--json");

        Assert.True(run.Code == 0, run.Error);
        using var report = JsonDocument.Parse(run.Output);
        var scores = report.RootElement.GetProperty("scores");
        Assert.Equal(0.4412926705295695, scores.GetProperty("BLEU-4").GetDouble(), 1e-9);
        Assert.Equal(0.6562000986664345, scores.GetProperty("ROUGE-L").GetDouble(), 1e-9);
        Assert.Equal(2.8213956948877, scores.GetProperty("CIDEr-D").GetDouble(), 1e-9);
        Assert.Single(scores.EnumerateObject(), score => score.Name.StartsWith("METEOR exact+stem", StringComparison.Ordinal));
        Assert.Equal(36, report.RootElement.GetProperty("images").GetArrayLength());
        Assert.Contains("BLEU-4  0.4413", CommandLine.Run("score", captions, references, "--metrics", "bleu").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Answers_WritesVqaAccuracy()
    {
        Write("a", """{"annotations": [{"question_id": 1, "answer_type": "other", "answers": [{"answer": "red"}, {"answer": "red"}, {"answer": "red"}, {"answer": "red"}, {"answer": "blue"}]}]}""");
        Write("r", """[{"question_id": 1, "answer": "Red."}]""");

        var run = CommandLine.Run("score", folder["r"], folder["a"], "--metrics", "vqa,vqa_evalai", "--each");

        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("other", run.Output, StringComparison.Ordinal);
        Assert.Contains("1.0000", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--metrics spice", "there is no such metric")]
    [InlineData("--metrics bleu,vqa", "not both")]
    [InlineData("--metrics ,", "name metrics")]
    [InlineData("--threads 0", "a whole number from 1")]
    [InlineData("--metrics bleu", "picture 2: ")]
    [InlineData("--wordnet absent", "wordnet-base")]
    public void Run_Misused_SaysWhatIsWrong(string options, string message)
    {
        Write("r", """[{"image_id": 1, "caption": "a cat"}]""");
        Write("a", options.Contains("wordnet", StringComparison.Ordinal) ? """{"1": ["a cat"]}""" : """{"1": ["a cat"], "2": ["a dog"]}""");

        var run = CommandLine.Run(["score", folder["r"], folder["a"], .. options.Split(' ')]);

        Assert.Equal(2, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    private void Write(string name, string text) => File.WriteAllText(folder[name], text);
}
