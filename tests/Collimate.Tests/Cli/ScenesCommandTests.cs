using System.Text.Json;

namespace Collimate.Tests.Cli;

/// <summary><c>collimate scenes</c>, run in this process.</summary>
public sealed class ScenesCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("scenes-command").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("llava", "llava.json")]
    [InlineData("coco", "captions.json")]
    [InlineData("webdataset", "scenes-000000.tar")]
    public void Scenes_EachFormat_WritesItsFileAndSaysSo(string format, string file)
    {
        var target = Path.Combine(folder, "new", "set");

        var run = CommandLine.Run("scenes", "--out", target, "--count", "5", "--seed", "3", "--format", format, "--split", "test-unseen");

        Assert.Equal((0, $"{target}: 5 test-unseen scenes as {format}, seed 3\n"), (run.Code, run.Output));
        Assert.Contains("test-unseen scenes: 5 scenes", run.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(target, file)));
        Assert.Equal(5, File.ReadAllLines(Path.Combine(target, "truth.jsonl")).Length);
        Assert.Contains("test-unseen-3-000000", File.ReadLines(Path.Combine(target, "truth.jsonl")).First(), StringComparison.Ordinal);
    }

    [Fact]
    public void Scenes_Questions_LimitsTheConversations()
    {
        Assert.Equal(0, CommandLine.Run("scenes", "--out", folder, "--count", "4", "--questions", "2").Code);

        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "llava.json")));
        Assert.All(json.RootElement.EnumerateArray(), record => Assert.InRange(record.GetProperty("conversations").GetArrayLength(), 2, 4));
    }

    [Fact]
    public void Scenes_FolderNotEmpty_IsRefusedUnlessForced()
    {
        var other = Path.Combine(folder, "mine.txt");
        File.WriteAllText(other, "mine");

        var refused = CommandLine.Run("scenes", "--out", folder, "--count", "2");
        Assert.Equal((2, ""), (refused.Code, refused.Output));
        Assert.Contains($"'{folder}' is not empty", refused.Error, StringComparison.Ordinal);
        Assert.Equal([other], Directory.GetFileSystemEntries(folder));

        Assert.Equal(0, CommandLine.Run("scenes", "--out", folder, "--count", "2", "--force").Code);
        Assert.True(File.Exists(Path.Combine(folder, "llava.json")));
        Assert.Equal("mine", File.ReadAllText(other));
    }

    [Theory]
    [InlineData("say where to write", "scenes")]
    [InlineData("--count is 0; expected at least 1", "scenes", "--out", "x", "--count", "0")]
    [InlineData("--questions is -1; expected at least 1", "scenes", "--out", "x", "--questions", "-1")]
    [InlineData("--count 900000000 is too many to score", "scenes", "--baselines", "--count", "900000000")]
    [InlineData("--out names no folder", "scenes", "--out", " ")]
    [InlineData("Must be one of", "scenes", "--out", "x", "--split", "test")]
    [InlineData("Must be one of", "scenes", "--out", "x", "--format", "yaml")]
    [InlineData("--seed", "scenes", "--out", "x", "--seed", "-3")]
    public void Scenes_OptionsWithoutSense_AreBadInput(string message, params string[] words)
    {
        var run = CommandLine.Run(words);

        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists("x"));
    }

    [Fact]
    public void Scenes_FolderIsAFile_IsBadInput()
    {
        var taken = Path.Combine(folder, "taken");
        File.WriteAllText(taken, "");

        var run = CommandLine.Run("scenes", "--out", taken, "--count", "2");

        Assert.Equal(2, run.Code);
        Assert.Contains(taken, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Scenes_Interrupted_EndsWith130AndLeavesNoIndex()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.Equal(130, CommandLine.Run(cancelled.Token, "scenes", "--out", folder, "--count", "600").Code);
        Assert.Empty(Directory.GetFiles(folder));
        Assert.Equal(130, CommandLine.Run(cancelled.Token, "scenes", "--baselines").Code);
    }

    [Fact]
    public void Baselines_Table_HasARowAKindAndTheMean()
    {
        var lines = CommandLine.Run("scenes", "--baselines", "--count", "150").Output.TrimEnd('\n').Split('\n');

        Assert.StartsWith("kind", lines[0], StringComparison.Ordinal);
        Assert.InRange(lines.Length, 11, 17);
        Assert.Contains(lines, line => line.StartsWith("Existence ", StringComparison.Ordinal));
        Assert.StartsWith("mean", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Baselines_JsonWithExport_HoldsBothAndSharesAddUpToOne()
    {
        var run = CommandLine.Run("scenes", "--out", folder, "--count", "120", "--baselines", "--json");

        using var json = JsonDocument.Parse(run.Output);
        var rows = json.RootElement.GetProperty("baselines").EnumerateArray().ToArray();
        Assert.Equal(120, json.RootElement.GetProperty("written").GetProperty("count").GetInt64());
        Assert.Equal(1, rows.Sum(row => row.GetProperty("share").GetDouble()), 9);
        Assert.All(rows, row => Assert.InRange(row.GetProperty("blind").GetDouble(), 0, 1));
        Assert.Equal("Existence", rows[0].GetProperty("kind").GetString());
    }
}
