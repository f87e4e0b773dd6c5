using Collimate.Cli;

namespace Collimate.Tests.Cli;

public sealed class ServeCommandTests
{
    [Fact]
    public void Serve_TwoFoldersOfOneName_SaysHowToTellThemApart()
    {
        var run = CommandLine.Run("serve", "here/model", "there/model");

        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.Contains("NAME=FOLDER", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--port", "70000")]
    [InlineData("--slots", "17")]
    [InlineData("--workers", "0")]
    [InlineData("--max-body", "0")]
    [InlineData("--api-key-file", "no-such-file")]
    [InlineData("--otlp", "nowhere")]
    public void Serve_ValueOutsideItsRange_NamesTheOption(string option, string value)
    {
        var run = CommandLine.Run("serve", "no-such-model", option, value);

        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.Contains($"{option} ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Serve_AddressThatIsNone_SaysWhatIsOne()
    {
        using var tiny = new TinyLlava();
        var run = CommandLine.Run("serve", tiny.Path, "--host", "everywhere", "--port", "0");

        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.Contains("0.0.0.0", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Serve_ToldToStop_SaysWhereItListensAndEndsWell()
    {
        using var tiny = new TinyLlava();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var run = CommandLine.Run(stop.Token, "serve", $"a={tiny.Path}", "--port", "0", "--log", "none");

        Assert.Equal(ExitCode.Success, run.Code);
        Assert.StartsWith("Listening on http://127.0.0.1:", run.Output, StringComparison.Ordinal);
        Assert.Contains("for a without an API key", run.Output, StringComparison.Ordinal);
    }
}
