using System.Text.Json;
using Collimate.Tests.Semantics.Labels;

namespace Collimate.Tests.Cli;

/// <summary><c>collimate label</c>, run in this process.</summary>
public sealed class LabelCommandTests : IDisposable
{
    private readonly Collimate.Tests.TemporaryFolder folder = new();
    private readonly string encoder;

    public LabelCommandTests()
    {
        encoder = TinyEncoder.Save(Directory.CreateDirectory(folder["encoder"]).FullName);
        TinyEncoder.SavePictures(folder["pictures"], 5);
        File.WriteAllText(folder["words.txt"], "ant\nbee\ncat\ndog\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Label_FolderOfPictures_WritesFileFiguresAndPage()
    {
        var run = Run("--out", folder["new/a.labels"], "--similarity", "raw", "--top", "2", "--report", folder["a.html"], "--json");

        Assert.Equal(0, run.Code);
        using var report = JsonDocument.Parse(run.Output);
        var root = report.RootElement;
        Assert.Equal((5, 5, "raw"), (root.GetProperty("lookedAt").GetInt32(), root.GetProperty("statistics").GetProperty("pictures").GetInt32(), root.GetProperty("origin").GetProperty("similarity").GetString()));
        Assert.InRange(root.GetProperty("statistics").GetProperty("wordsUsed").GetDouble(), 0, 1);
        Assert.Contains("label ", run.Error, StringComparison.Ordinal);
        Assert.Contains("5 pictures", run.Error, StringComparison.Ordinal);
        var page = File.ReadAllText(folder["a.html"]);
        Assert.Contains("Words by their mean score", page, StringComparison.Ordinal);
        Assert.Contains("<svg", page, StringComparison.Ordinal);

        var again = Run("--out", folder["new/a.labels"], "--similarity", "raw", "--top", "2");
        Assert.Contains("5 pictures, 0 of them looked at now", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Label_NothingAboveZero_HasFiguresAllTheSame()
    {
        // One word and its opposite: in one of the two modes nothing is kept.
        File.WriteAllText(folder["words.txt"], "ant\n");
        foreach (var mode in new[] { "raw", "negated", "surgery" })
        {
            Assert.Equal(0, Run("--out", folder[mode], "--similarity", mode, "--report", folder["a.html"], "--json").Code);
        }
    }

    [Theory]
    [InlineData("words.txt: the word list is empty", "")]
    [InlineData("line 2 is blank", "cat\n\ndog\n")]
    [InlineData("line 2 repeats 'cat' of line 1", "cat\ncat\n")]
    public void Label_BadWordList_IsRefusedBeforeAnythingIsDone(string expected, string words)
    {
        File.WriteAllText(folder["words.txt"], words);

        var run = Run("--out", folder["a.labels"]);

        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["a.labels"] + ".partial"));
    }

    [Fact]
    public void Label_WordListThatIsNotUtf8_NamesTheByte()
    {
        File.WriteAllBytes(folder["words.txt"], [.. "caf"u8, 0xE9]);

        Assert.Contains("byte 3 is not UTF-8", Run("--out", folder["a.labels"]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Label_FileOfAnotherEncoder_IsRefused()
    {
        Assert.Equal(0, Run("--out", folder["a.labels"]).Code);
        Directory.Delete(encoder, recursive: true);
        TinyEncoder.Save(Directory.CreateDirectory(encoder).FullName, seed: 2);

        var run = Run("--out", folder["a.labels"]);

        Assert.Equal(2, run.Code);
        Assert.Contains("labels of another kind: the encoder", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("say where the labels are to be written")]
    [InlineData("--top is 0; expected from 1 to 64", "--out", "x", "--top", "0")]
    [InlineData("--count is 0; expected at least 1", "--out", "x", "--count", "0")]
    [InlineData("names no place for the word", "--out", "x", "--template", "a photo")]
    [InlineData("none of 5 samples", "--calibrate")]
    public void Label_WrongOptions_SayWhatIsExpected(string expected, params string[] options)
    {
        var run = Run(options);

        Assert.Equal(2, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("bug", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ type: scenes }", "never end")]
    [InlineData("{ type: llava_json, path: absent.json }", "absent.json")]
    [InlineData("absent.yaml", "absent.yaml")]
    public void Label_WrongData_SaysWhatIsWrong(string data, string expected)
    {
        var run = CommandLine.Run("label", data, "--encoder", encoder, "--words", folder["words.txt"], "--out", folder["x"]);

        Assert.Equal(2, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Label_StageOfARecipe_LabelsWhatItsStepsDraw()
    {
        File.WriteAllText(folder["r.yaml"], """
            name: two stages
            model: { language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 64, vocabulary_size: 1024 } }
            stages:
              - { name: one, learning_rates: { language: 1e-3 }, data: { type: scenes, content: captions }, steps: 2, batch_size: 3 }
              - { name: two, learning_rates: { language: 1e-3 }, data: { type: scenes, content: captions, seed: 2 }, steps: 1, batch_size: 4 }
            """);
        int Labelled(string file, params string[] more) =>
            CommandLine.Run(["label", folder["r.yaml"], "--encoder", encoder, "--words", folder["words.txt"], "--out", folder[file], .. more]) is { Code: 0 } run
                ? int.Parse(run.Output.Split(": ")[1].Split(' ')[0]) : -1;

        Assert.Equal((6, 10, 2), (Labelled("one", "--stage", "one"), Labelled("both"), Labelled("few", "--stage", "two", "--count", "2")));
        Assert.Contains("there is no stage 'three'; the recipe has one, two", CommandLine.Run(
            "label", folder["r.yaml"], "--encoder", encoder, "--out", folder["x"], "--stage", "three").Error, StringComparison.Ordinal);
    }

    private CommandLine Run(params string[] options) => CommandLine.Run(["label", folder["pictures"], "--encoder", encoder, "--words", folder["words.txt"], .. options]);
}
