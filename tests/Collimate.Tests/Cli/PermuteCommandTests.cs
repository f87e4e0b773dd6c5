using System.Text.Json;

namespace Collimate.Tests.Cli;

public sealed class PermuteCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Permute_Json_HasWhatOthersRelyOn()
    {
        var target = Path.Combine(folder.Path, "run");

        var run = CommandLine.Run("permute", "--tokens", "16", "--width", "32", "--hidden", "16", "--steps", "25", "--learning-rate", "1e-2", "--json", "--out", target, "--workers", "2");

        Assert.Equal(0, run.Code);
        var report = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(1, report.GetProperty("accuracy").GetDouble());
        Assert.True(report.GetProperty("isPermutation").GetBoolean());
        Assert.Equal(25, report.GetProperty("steps").GetInt32());
        Assert.InRange(report.GetProperty("seconds").GetDouble(), 0, 1000);
        Assert.Equal(32, report.GetProperty("settings").GetProperty("width").GetInt32());
        Assert.True(report.GetProperty("withNoise").GetProperty("soft").TryGetProperty("accuracy", out _));
        Assert.Equal(["film.png", "metrics.jsonl", "report.html"], Directory.GetFiles(target).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var lines = File.ReadAllLines(Path.Combine(target, "metrics.jsonl"));
        Assert.Equal(25, lines.Length);
        Assert.Equal(2, JsonDocument.Parse(lines[0]).RootElement.GetProperty("temperature").GetDouble());
        Assert.DoesNotContain("src=\"http", File.ReadAllText(Path.Combine(target, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Permute_PaperPreset_TakesThePapersSettings()
    {
        // Its own width would take minutes; everything else is as published.
        var run = CommandLine.Run("permute", "--preset", "paper", "--tokens", "6", "--width", "8", "--hidden", "16", "--steps", "3", "--json");

        Assert.Equal(0, run.Code);
        var settings = JsonDocument.Parse(run.Output).RootElement.GetProperty("settings");
        Assert.Equal((4, 0.5, 50, "paper", 1e-4, 0.5, "argmax", "published"), (
            settings.GetProperty("layers").GetInt32(), settings.GetProperty("alpha").GetDouble(), settings.GetProperty("iterations").GetInt32(), settings.GetProperty("sinkhorn").GetString(),
            settings.GetProperty("learningRate").GetDouble(), settings.GetProperty("clipNorm").GetDouble(), settings.GetProperty("hardening").GetString(), settings.GetProperty("loss").GetString()));
    }

    [Theory]
    [InlineData("--tokens 1", "--tokens is 1; it must be at least 2, as one token has only one order")]
    [InlineData("--tokens -3", "--tokens is -3; it must be at least 2")]
    [InlineData("--tokens 20000", "at most 10000")]
    [InlineData("--tokens many", "many")]
    [InlineData("--steps 0", "--steps is 0")]
    [InlineData("--learning-rate NaN", "--learning-rate is NaN; it must be a number above 0")]
    [InlineData("--noise Infinity", "--noise is Infinity")]
    [InlineData("--layers 0", "--layers is 0")]
    [InlineData("--width 0", "--width is 0")]
    [InlineData("--workers 0", "--workers is 0")]
    [InlineData("--hardening best", "there are argmax, assignment, auction")]
    [InlineData("--preset big", "big")]
    [InlineData("--task count", "count")]
    [InlineData("--task sort --width 1", "one number is the place's address")]
    [InlineData("--task sort --preset paper", "leave out --preset")]
    public void Permute_BadInput_IsOneSentenceAndCodeTwo(string words, string named)
    {
        var run = CommandLine.Run(["permute", .. words.Split(' ')]);

        Assert.Equal(2, run.Code);
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Permute_Interrupted_EndsWithItsOwnCodeAndNoPicture()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();

        var run = CommandLine.Run(cancel.Token, "permute", "--tokens", "16", "--width", "8", "--out", Path.Combine(folder.Path, "run"));

        Assert.Equal(130, run.Code);
        Assert.False(File.Exists(Path.Combine(folder.Path, "run", "report.html")));
    }
}
