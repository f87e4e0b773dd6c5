namespace Collimate.Tests.Cli;

/// <summary>Help, usage errors and their exit codes.</summary>
public sealed class ProgramTests
{
    [Fact]
    public void Run_NoCommand_ShowsHelpAsAnError()
    {
        var run = CommandLine.Run();

        Assert.Equal(2, run.Code);
        Assert.Empty(run.Output);
        Assert.StartsWith("collimate: which command?", run.Error, StringComparison.Ordinal);
        Assert.Contains("collimate [command] [options]", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Help_ListsEveryCommand()
    {
        var run = CommandLine.Run("--help");

        Assert.Equal(0, run.Code);
        Assert.Empty(run.Error);
        foreach (var command in Collimate.Cli.Commands.CommandTree.Create().Subcommands)
        {
            Assert.Contains($"\n  {command.Name} ", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Run_HelpOfEveryCommand_DescribesItAndItsOptions()
    {
        foreach (var command in Collimate.Cli.Commands.CommandTree.Create().Subcommands)
        {
            var run = CommandLine.Run(command.Name, "--help");

            Assert.Equal(0, run.Code);
            Assert.Contains($"collimate {command.Name} ", run.Output, StringComparison.Ordinal);
            Assert.False(string.IsNullOrWhiteSpace(command.Description), command.Name);
            foreach (var option in command.Options.Where(option => !option.Hidden))
            {
                Assert.Contains(option.Name, run.Output, StringComparison.Ordinal);
                Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{command.Name} {option.Name}");
            }
        }
    }

    [Theory]
    [InlineData("preprocess", new[] { "--config <FILE> (REQUIRED)", "--image <FILE> (REQUIRED)", "--out <FILE> (REQUIRED)", "--json" })]
    [InlineData("tokenize", new[] { "collimate tokenize [<text>...] [options]", "--tokenizer <FILE> (REQUIRED)", "--tokens", "--json" })]
    [InlineData("info", new[] { "collimate info [<folder>] [options]", "--json" })]
    public void Run_Help_KeepsTheFlagsOthersRelyOn(string command, string[] lines)
    {
        var help = CommandLine.Run(command, "--help").Output;

        Assert.All(lines, line => Assert.Contains(line, help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(new[] { "inof" }, "collimate: unknown command 'inof'; did you mean 'info'?\nSee: collimate --help\n")]
    [InlineData(new[] { "xyzzy" }, "collimate: unknown command 'xyzzy'.\nSee: collimate --help\n")]
    [InlineData(new[] { "info", "--jsn" }, "collimate: unknown option '--jsn'; did you mean '--json'?\nSee: collimate info --help\n")]
    [InlineData(new[] { "info", "folder", "extra" }, "collimate: unknown argument 'extra'.\nSee: collimate info --help\n")]
    [InlineData(new[] { "preprocess", "--config", "a", "--out", "b" }, "collimate: Option '--image' is required.\nSee: collimate preprocess --help\n")]
    public void Run_BadUsage_SaysWhatAndWhereToLook(string[] args, string message)
    {
        var run = CommandLine.Run(args);

        Assert.Equal((2, "", message), (run.Code, run.Output, run.Error));
    }

    [Fact]
    public void Run_ArgumentThatBeginsWithAt_IsNoFileOfArguments()
    {
        var run = CommandLine.Run("tokenize", "--tokenizer", "/nonexistent/folder", "@home");

        Assert.Equal(2, run.Code);
        Assert.StartsWith("collimate: /nonexistent/folder: there is no such file.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Version_PrintsOne()
    {
        var run = CommandLine.Run("--version");

        Assert.Equal(0, run.Code);
        Assert.Matches(@"^\d+\.\d+", run.Output);
    }
}
